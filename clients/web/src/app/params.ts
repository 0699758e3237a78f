/** What may stand in an address. Everything else leads to the page for wrong addresses. */

const CHAT_ID = /^[A-Za-z0-9_-]{1,100}$/;
const SEQ = /^[1-9][0-9]{0,14}$/;
const INVITE = /^[A-Za-z0-9_-]{1,128}$/;

/** Sections of the settings are checked by their page; here only that it is a word. */
const SECTION = /^[a-z-]{1,32}$/;

export const isChatId = (text: string): boolean => CHAT_ID.test(text);
export const isSeq = (text: string): boolean => SEQ.test(text);
export const isInviteCode = (text: string): boolean => INVITE.test(text);
export const isSection = (text: string): boolean => SECTION.test(text);

/** A username, at most 50 letters and without what no name has. */
export const isUsername = (text: string): boolean => text.length > 0 && [...text].length <= 50 && !/[\s/@\p{C}]/u.test(text);

/** A message's number, or undefined. */
export const decodeSeq = (text: string | undefined): number | undefined => (text !== undefined && isSeq(text) ? Number(text) : undefined);

export { decodeNext } from "@/lib/next";
