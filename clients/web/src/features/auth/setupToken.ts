/** The setup token of this page's address. Read once and taken out of the address and the history at once. */
let token: string | undefined;

/** The token from `#…`. */
export function readSetupToken(): string {
  token = /^#([A-Za-z0-9_-]{8,128})$/.exec(location.hash)?.[1] ?? token;
  return token ?? "";
}

/** Takes it out of the address bar and the history. The router hears of that, so it is not done while rendering. */
export function hideSetupToken(): void {
  if (location.hash !== "" && token !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
}
