import type { Client } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import type { Queries } from "@/hooks/query";
import { forgetAnswers } from "@/hooks/signOut";
import { useShellStore } from "./shellStore";

/**
 * Lets go of what this page holds of an account when it is signed out, in whichever tab, or when another one comes.
 * One whose session has only ended is expected back and finds what was begun.
 */
export function forgetWithAccount(session: Client["session"], queries: Queries): void {
  const whose = () => (session.identity().kind === "guest" ? "guest" : (session.identity().account?.user.id ?? null));
  let owner = whose();
  session.subscribe(() => {
    const now = whose();
    if (now === owner || (now === null && session.reason() === "expired")) return;
    const before = owner;
    owner = now;
    if (before === null) return;
    // Of two accounts in a row the service worker keeps them apart itself.
    if (now === null) void forgetAnswers();
    queries.clear("client-config");
    composerStore.setState({ modes: {}, insertion: null });
    useShellStore.getState().keep({ lastChat: null });
  });
}
