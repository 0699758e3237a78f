import { useChatShortcuts } from "@/features/chats";
import { composerStore } from "@/hooks/composer";
import { useShortcut } from "@/lib/keys";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useShellStore } from "./shellStore";
import { useToggleDetails } from "./useDetails";

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const editing = () => document.activeElement instanceof HTMLElement && document.activeElement.matches("input,textarea,[contenteditable]");

/** Shortcuts that belong to no page. */
export function useShellShortcuts(chatId: string | undefined): void {
  const navigate = useNavigate();
  const router = useRouter();
  const toggleDetails = useToggleDetails();
  // ⌥← and ⌥→ move by words on Apple's keyboards.
  const free = () => !(isApple && editing());
  useChatShortcuts(chatId);
  useShortcut("switcher", () => useShellStore.setState(({ switcher }) => ({ switcher: !switcher })));
  useShortcut("shortcuts", () => useShellStore.setState(({ sheet }) => ({ sheet: !sheet })));
  useShortcut("settings", () => void navigate({ to: "/settings/{-$section}", params: { section: undefined } }));
  useShortcut("historyBack", () => free() && router.history.back());
  useShortcut("historyForward", () => free() && router.history.forward());
  useShortcut("focusComposer", () => composerStore.getState().focus(), chatId !== undefined);
  useShortcut("toggleDetails", () => toggleDetails(), chatId !== undefined);
}
