import { create } from "zustand";

/** What can be made with the "new chat" dialog. */
export type NewChatKind = "direct" | "group" | "channel" | "room";

const KEY = "vestnik.shell";

interface Kept {
  readonly detailsOpen: boolean;
  /** Width of the list in rem, so that it grows with the text. */
  readonly listWidth: number;
  readonly lastChat: string | null;
}

interface ShellState extends Kept {
  readonly switcher: boolean;
  readonly sheet: boolean;
  readonly create: NewChatKind | null;
  /** The part of the details to begin with. */
  readonly section: string | undefined;
  setSwitcher(open: boolean): void;
  setSheet(open: boolean): void;
  openCreate(kind: NewChatKind | null): void;
  keep(change: Partial<Kept>): void;
  setSection(section: string | undefined): void;
}

export const LIST_WIDTH = { min: 15, usual: 19.5, max: 32 };

/** View state of the frame around the pages; the lasting part stays on this device. */
export const useShellStore = create<ShellState>()((set, get) => ({
  ...read(),
  switcher: false,
  sheet: false,
  create: null,
  section: undefined,
  setSwitcher: (switcher) => set({ switcher }),
  setSheet: (sheet) => set({ sheet }),
  openCreate: (create) => set({ create }),
  setSection: (section) => set({ section }),
  keep: (change) => {
    set(change);
    const { detailsOpen, listWidth, lastChat } = get();
    try {
      localStorage.setItem(KEY, JSON.stringify({ detailsOpen, listWidth, lastChat }));
    } catch {
      // Blocked or full: the next start looks as the first one.
    }
  },
}));

function read(): Kept {
  let stored: unknown = null;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    // Blocked or spoiled: begin afresh.
  }
  const { detailsOpen, listWidth, lastChat } = (typeof stored === "object" && stored !== null ? stored : {}) as Partial<Record<keyof Kept, unknown>>;
  return {
    detailsOpen: typeof detailsOpen === "boolean" ? detailsOpen : true,
    listWidth: typeof listWidth === "number" ? Math.min(LIST_WIDTH.max, Math.max(LIST_WIDTH.min, listWidth)) : LIST_WIDTH.usual,
    lastChat: typeof lastChat === "string" ? lastChat : null,
  };
}
