import type { ReactNode } from "react";
import { type Client, ClientContext } from "./context";

/** Hands the client to every hook below. */
export function EngineProvider({ client, children }: { client: Client; children: ReactNode }) {
  return <ClientContext value={client}>{children}</ClientContext>;
}
