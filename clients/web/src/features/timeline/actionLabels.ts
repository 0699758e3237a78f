import type { Action } from "./actions";

const KEYS = {
  react: "action.react",
  reply: "action.reply",
  edit: "action.edit",
  copyText: "action.copyText",
  copyLink: "action.copyLink",
  forward: "action.forward",
  pin: "action.pin",
  unpin: "action.unpin",
  markUnread: "action.markUnread",
  versions: "action.versions",
  readers: "action.readers",
  reactions: "action.reactions",
  select: "action.select",
  delete: "action.delete",
  retry: "action.retry",
  discard: "action.discard",
} as const satisfies Record<Action, string>;

/** The key of what an action is called. */
export function labelKey(action: Action) {
  return KEYS[action];
}
