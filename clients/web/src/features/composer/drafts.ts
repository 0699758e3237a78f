/** What to do with a draft that came from the engine: another device's, or one's own come back. */

/** How the field stands. */
export interface Field {
  readonly text: string;
  /** Whether something was typed here since the text was taken over or sent. */
  readonly touched: boolean;
  /** What this field itself has saved lately: coming back, it is no news. */
  readonly saved: readonly string[];
}

/** The text to show: the other device's only where nothing was typed and it is not one's own come back. */
export function mergeDraft(field: Field, incoming: string): string {
  if (field.touched || field.saved.includes(incoming)) return field.text;
  return incoming;
}

/** How many of one's own saves are remembered; more are not under way at once. */
const REMEMBERED = 20;

/** Remembers a save. */
export function rememberSave(saved: readonly string[], text: string): string[] {
  return [...saved.filter((one) => one !== text), text].slice(-REMEMBERED);
}
