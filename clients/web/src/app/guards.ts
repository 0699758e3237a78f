import type { Client } from "@/hooks";
import type { Queries } from "@/hooks/query";
import { type ParsedLocation, redirect } from "@tanstack/react-router";
import type { ClientConfig } from "@wire";
import { decodeNext } from "./params";

/** What every route knows. */
export interface RouterContext {
  readonly client: Client;
  readonly queries: Queries;
}

interface Guarded {
  readonly context: RouterContext;
  readonly location: ParsedLocation;
}

/** The server's configuration; null when it cannot be asked now. */
const configOf = ({ client, queries }: RouterContext): Promise<ClientConfig | null> =>
  queries.read(["client-config"], { queryFn: client.api.clientConfig, staleTime: 60_000, retry: false }).catch(() => null);

/** Lets accounts in; sends others to the login page, from where they come back. */
export async function requireUser({ context, location }: Guarded): Promise<void> {
  if (context.client.session.identity().kind === "user") return;
  await toLogin({ context, location });
}

/** Lets accounts in, and those without one where the operator allows looking in. */
export async function requireUserOrGuest({ context, location }: Guarded): Promise<void> {
  const { session } = context.client;
  if (session.identity().kind !== "none") return;
  // One whose session has ended wants to come back to their account.
  if (session.reason() === "never" && (await configOf(context))?.guests) {
    await session.startGuest().catch(() => undefined);
    if (session.identity().kind !== "none") return;
  }
  await toLogin({ context, location });
}

/** Sends those who are signed in to where they wanted to go. */
export async function requireSignedOut({ context, location }: Guarded): Promise<void> {
  if (context.client.session.identity().kind === "user") throw redirect({ href: decodeNext(nextOf(location)) ?? "/", replace: true });
}

async function toLogin({ context, location }: Guarded): Promise<never> {
  // Whoever comes first is most likely the owner; accounts may exist before, and sign in at /login.
  const first = location.pathname === "/" && context.client.session.reason() === "never";
  if (first && (await configOf(context))?.setupRequired) throw redirect({ to: "/setup", hash: "", replace: true });
  // Whoever signed out on purpose begins anew: the page they left from was not where they were going.
  const next = context.client.session.reason() === "logout" ? null : decodeNext(location.href);
  throw redirect({ to: "/login", search: next && next !== "/" ? { next } : {}, replace: true });
}

const nextOf = (location: ParsedLocation): unknown => (location.search as { next?: unknown }).next;
