import { create } from "zustand";
import type { View } from "./arrange";

/** Which view of the list is chosen; the shortcuts for previous and next chat follow it. */
export const useListStore = create<{ view: View; setView: (view: View) => void }>()((set) => ({
  view: "all",
  setView: (view) => set({ view }),
}));
