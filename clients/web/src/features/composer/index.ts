/** Writing: the composer, and messages for later. The emoji picker is `./EmojiPicker`, loaded when needed. */
export { Composer } from "./Composer";
export { useTypeToFocus } from "./useTypeToFocus";
