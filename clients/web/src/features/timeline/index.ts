/** The messages of a chat. */
export { MessageText, type MessageTextProps } from "./MessageText";
export { Timeline, type TimelineProps } from "./Timeline";
