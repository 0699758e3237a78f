import { createContext, useContext } from "react";
import type { Api, Session } from "@/api";
import type { Engine } from "@/sync/types";

/** The three things the whole client works with. */
export interface Client {
  readonly session: Session;
  readonly api: Api;
  readonly engine: Engine;
}

export const ClientContext = createContext<Client | null>(null);

/** The client of the nearest provider. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("EngineProvider is missing");
  return client;
}
