/** What a timeline shows besides its messages: what is pointed at, selected, opened. One small store a timeline, so
 * that a row renders again only when something of its own changes. */
import { createContext, use } from "react";
import type { ComponentType, ReactElement, ReactNode } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ShownMessage } from "@/sync/types";
import type { ChatId, Message, UserId } from "@wire";

/** A place in the window. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface OpenMenu {
  readonly shown: ShownMessage;
  readonly box: Box;
  readonly byKeyboard: boolean;
  /** By a finger: a sheet from below instead of a menu. */
  readonly touch: boolean;
}

export type OpenDialog =
  | { readonly kind: "versions" | "readers"; readonly message: Message }
  | { readonly kind: "reactions"; readonly message: Message; readonly emoji?: string }
  | { readonly kind: "delete" | "forward"; readonly messages: readonly Message[] }
  | { readonly kind: "date" };

export interface View {
  readonly hovered: string | null;
  /** The row the arrow keys stand on; the only one in the tab order. */
  readonly focused: string | null;
  /** Whether the focus is in the list because of a key: only then the row it is on looks pointed at. */
  readonly byKeys: boolean;
  /** Keys of selected messages; null when nothing is being selected. */
  readonly selected: ReadonlySet<string> | null;
  /** Long messages that were unfolded. */
  readonly unfolded: ReadonlySet<string>;
  /** The message a link led to, while it is lit up. */
  readonly lit: number | null;
  readonly menu: OpenMenu | null;
  readonly dialog: OpenDialog | null;
  /** For which message an emoji is being picked, and where. */
  readonly picker: { readonly message: Message; readonly box: Box } | null;
}

export type ViewStore = StoreApi<View>;

export function createView(): ViewStore {
  return createStore<View>(() => ({ hovered: null, focused: null, byKeys: false, selected: null, unfolded: new Set(), lit: null, menu: null, dialog: null, picker: null }));
}

/** Whether a row is the one that something can be done with now: pointed at, reached by keys, or its menu is open. */
export function isActive(view: View, { key, message }: ShownMessage): boolean {
  if (view.selected !== null) return false;
  if (view.menu !== null || view.picker !== null) return view.menu?.shown.key === key || view.picker?.message.id === message.id;
  return view.hovered === null ? view.byKeys && view.focused === key : view.hovered === key;
}

/** A set with one member put in or taken out. */
export function toggled(set: ReadonlySet<string> | null, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** The element of a row, if it is drawn now. */
export function rowOnScreen(key: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>("[data-key]")].find((element) => element.dataset["key"] === key);
}

export interface EmojiPickerProps {
  onPick: (emoji: string) => void;
  onClose: () => void;
}

export interface ProfileTriggerProps {
  userId: UserId;
  username: string;
  chatId?: ChatId;
  trigger: ReactElement;
}

/** What rows need besides their message. Never changes while a timeline is shown. */
export interface TimelineParts {
  readonly chatId: ChatId;
  readonly view: ViewStore;
  reply(message: Message): void;
  edit(message: Message): void;
  /** Shows the message with this number, wherever it is. */
  goTo(seq: number): void;
  /** Puts the "New" line above a message and leaves the chat unread. */
  markUnreadFrom(message: Message): void;
  readonly hasPicker: boolean;
  readonly ProfileCard: ComponentType<ProfileTriggerProps> | undefined;
  renderEmojiPicker?: ((props: EmojiPickerProps) => ReactNode) | undefined;
}

const Context = createContext<TimelineParts | null>(null);
export const TimelineProvider = Context.Provider;

/** The timeline a component belongs to. */
export function useTimeline(): TimelineParts {
  const parts = use(Context);
  if (parts === null) throw new Error("outside of a timeline");
  return parts;
}

/** The timeline, for what is also shown outside of one. */
export function useTimelineOrNull(): TimelineParts | null {
  return use(Context);
}

/** Something of the timeline's view; renders again only when it changes. */
export function useView<T>(read: (view: View) => T): T {
  return useStore(useTimeline().view, read);
}
