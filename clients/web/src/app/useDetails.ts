import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useShellStore } from "./shellStore";
import { goBack } from "./useSwipeBack";
import { useWide } from "./useWide";

/** Whether the details of the chat are shown: beside it where there is room, else over it as a step of the history. */
export function useDetailsOpen(): boolean {
  const wide = useWide();
  const beside = useShellStore((state) => state.detailsOpen);
  const { panel } = useSearch({ strict: false });
  return wide ? beside : panel === "details";
}

/** Opens or closes the details; with a section they open at it. */
export function useToggleDetails(): (section?: string) => void {
  const wide = useWide();
  const open = useDetailsOpen();
  const router = useRouter();
  const navigate = useNavigate();
  return (section) => {
    const { keep, setSection } = useShellStore.getState();
    const next = section !== undefined || !open;
    setSection(next ? section : undefined);
    if (wide) return keep({ detailsOpen: next });
    if (next) void navigate({ to: ".", search: { panel: "details" } });
    else goBack(router);
  };
}
