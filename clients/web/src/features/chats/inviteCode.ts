const CODE = /^[A-Za-z0-9_-]{4,128}$/;

/** The code of an invite that was pasted, as a link or alone; null when it is none. */
export function inviteCode(text: string): string | null {
  const trimmed = text.trim();
  const code = /\/invite\/([^/?#\s]+)/.exec(trimmed)?.[1] ?? trimmed;
  return CODE.test(code) ? code : null;
}
