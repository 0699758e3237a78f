import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useEngine, useIdentity } from "@/hooks";
import { useNotificationPrefs } from "@/hooks/notifications";
import { useSignOut } from "@/hooks/signOut";
import { clock } from "@/lib/clock";
import type { CommandName } from "@/lib/commands";
import { unreachable } from "@/lib/errors";
import type { ChatId } from "@wire";
import type { Outcome } from "./runCommand";

const load = () => import("./runCommand");

/** Fetches what commands need, once a slash was typed: they should not wait for it, nor fail for it offline. */
export function preloadCommands(): void {
  void load().catch(() => undefined);
}

/** Runs slash commands in a chat. */
export function useCommands(chatId: ChatId): (name: CommandName, args: string) => Promise<Outcome> {
  const engine = useEngine();
  const api = useApi();
  const router = useRouter();
  const { t } = useTranslation("composer");
  const username = useIdentity().account?.user.username ?? "";
  const [prefs, change] = useNotificationPrefs();
  const signOut = useSignOut();
  return useCallback(
    async (name, args) => {
      const { runCommand } = await load().catch(() => {
        throw unreachable();
      });
      const quiet = (until: number | null) => {
        const { until: _, ...rest } = prefs.dnd;
        change({ dnd: until === null ? rest : { ...rest, until } });
      };
      const open = (path: string) => router.history.push(path);
      return runCommand({ engine, api, chatId, username, now: new Date(clock.now()), t, open, quiet, signOut }, name, args);
    },
    [engine, api, router, t, chatId, username, prefs, change, signOut],
  );
}
