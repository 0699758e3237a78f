/** What the composer of each chat is doing. Lives here because the timeline starts replies and edits. */
import { create } from "zustand";
import type { ChatId, Message } from "@wire";

export type ComposerMode =
  | { readonly kind: "new" }
  | { readonly kind: "reply"; readonly message: Message }
  | { readonly kind: "edit"; readonly message: Message };

export interface ComposerState {
  readonly modes: Readonly<Record<ChatId, ComposerMode>>;
  /** Text to be put at the cursor; a new object every time, so that the same text can come twice. */
  readonly insertion: { readonly chatId: ChatId; readonly text: string } | null;
  /** Grows when the field should take the focus. */
  readonly focused: number;
  startReply(chatId: ChatId, message: Message): void;
  startEdit(chatId: ChatId, message: Message): void;
  cancel(chatId: ChatId): void;
  insert(chatId: ChatId, text: string): void;
  focus(): void;
}

const NEW: ComposerMode = { kind: "new" };

export const composerStore = create<ComposerState>()((set) => {
  const enter = (chatId: ChatId, mode: ComposerMode) =>
    set((state) => ({ modes: { ...state.modes, [chatId]: mode }, focused: state.focused + 1 }));
  return {
    modes: {},
    insertion: null,
    focused: 0,
    startReply: (chatId, message) => enter(chatId, { kind: "reply", message }),
    startEdit: (chatId, message) => enter(chatId, { kind: "edit", message }),
    cancel: (chatId) =>
      set((state) => {
        const { [chatId]: _, ...modes } = state.modes;
        return { modes };
      }),
    insert: (chatId, text) => set((state) => ({ insertion: { chatId, text }, focused: state.focused + 1 })),
    focus: () => set((state) => ({ focused: state.focused + 1 })),
  };
});

/** What the composer of a chat is doing; undefined when nothing was begun. A room may be called `constructor`. */
export function modeOf({ modes }: Pick<ComposerState, "modes">, chatId: ChatId): ComposerMode | undefined {
  return Object.hasOwn(modes, chatId) ? modes[chatId] : undefined;
}

/** What the composer of a chat is doing. */
export function useComposerMode(chatId: ChatId): ComposerMode {
  return composerStore((state) => modeOf(state, chatId) ?? NEW);
}
