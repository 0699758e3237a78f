/** The person's own folders of chats and how the list is sorted: the synced preference `folders`. */
import type { ChatId } from "@wire";

export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly chats: readonly ChatId[];
}

export type Sort = "recent" | "name";
/** Parts of the list that can be closed. */
export type Section = "favourites" | "archived";

export interface FolderPrefs {
  readonly folders: readonly Folder[];
  readonly sort: Sort;
  readonly closed: readonly Section[];
}

const FOLDERS_MAX = 30;
export const FOLDER_NAME_CHARS = 40;
const CHATS_MAX = 1_000;
const DEFAULT: FolderPrefs = { folders: [], sort: "recent", closed: ["archived"] };

const isObject = (json: unknown): json is Record<string, unknown> => typeof json === "object" && json !== null;
const isText = (json: unknown): json is string => typeof json === "string" && json !== "";

/** Reads the preference; what cannot be understood is left out. */
export function decodeFolders(json: unknown): FolderPrefs {
  if (!isObject(json)) return DEFAULT;
  const folders = Array.isArray(json["folders"]) ? json["folders"].flatMap(decodeFolder) : [];
  const closed = Array.isArray(json["closed"]) ? json["closed"].filter((one): one is Section => one === "favourites" || one === "archived") : DEFAULT.closed;
  const ids = new Set<string>();
  const unique = folders.filter(({ id }) => !ids.has(id) && ids.add(id)).slice(0, FOLDERS_MAX);
  return { folders: unique, sort: json["sort"] === "name" ? "name" : "recent", closed };
}

function decodeFolder(json: unknown): Folder[] {
  if (!isObject(json) || !isText(json["id"]) || !isText(json["name"])) return [];
  const chats = Array.isArray(json["chats"]) ? [...new Set(json["chats"].filter(isText))].slice(0, CHATS_MAX) : [];
  return [{ id: json["id"], name: json["name"].slice(0, FOLDER_NAME_CHARS), chats }];
}

/** What can be done with folders. */
export type FolderAction =
  | { readonly type: "create"; readonly id: string; readonly name: string; readonly chats: readonly ChatId[] }
  | { readonly type: "update"; readonly id: string; readonly name: string; readonly chats: readonly ChatId[] }
  | { readonly type: "delete"; readonly id: string }
  /** One place earlier (-1) or later (1). */
  | { readonly type: "move"; readonly id: string; readonly by: -1 | 1 }
  /** Puts a chat in, or takes it out when it is there. */
  | { readonly type: "toggle"; readonly id: string; readonly chat: ChatId }
  | { readonly type: "sort"; readonly sort: Sort }
  | { readonly type: "section"; readonly section: Section };

/** The preference after an action. */
export function reduceFolders(prefs: FolderPrefs, action: FolderAction): FolderPrefs {
  const change = (id: string, into: (folder: Folder) => Folder) => ({ ...prefs, folders: prefs.folders.map((folder) => (folder.id === id ? into(folder) : folder)) });
  switch (action.type) {
    case "create": {
      const { id, name, chats } = action;
      return prefs.folders.length >= FOLDERS_MAX ? prefs : { ...prefs, folders: [...prefs.folders, { id, name: cleanName(name), chats }] };
    }
    case "update":
      return change(action.id, (folder) => ({ ...folder, name: cleanName(action.name) || folder.name, chats: action.chats }));
    case "delete":
      return { ...prefs, folders: prefs.folders.filter((folder) => folder.id !== action.id) };
    case "move":
      return { ...prefs, folders: moved(prefs.folders, action.id, action.by) };
    case "toggle":
      return change(action.id, (folder) => ({ ...folder, chats: toggled(folder.chats, action.chat) }));
    case "sort":
      return { ...prefs, sort: action.sort };
    case "section":
      return { ...prefs, closed: toggled(prefs.closed, action.section) };
  }
}

/** A folder's name as it is kept. */
export const cleanName = (name: string): string => [...name.replace(/\s+/gu, " ").trim()].slice(0, FOLDER_NAME_CHARS).join("");

const toggled = <T>(list: readonly T[], one: T): T[] => (list.includes(one) ? list.filter((other) => other !== one) : [...list, one]);

function moved(folders: readonly Folder[], id: string, by: -1 | 1): readonly Folder[] {
  const from = folders.findIndex((folder) => folder.id === id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= folders.length) return folders;
  const next = [...folders];
  [next[from], next[to]] = [next[to]!, next[from]!];
  return next;
}
