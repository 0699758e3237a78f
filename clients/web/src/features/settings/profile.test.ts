import { describe, expect, it } from "vitest";
import { changesOf, faultsOf, formOf, isOneEmoji, type ProfileForm } from "./profile";

const form: ProfileForm = { displayName: "Anna", bio: "", statusText: "", statusEmoji: "", email: "" };

describe("the profile", () => {
  it("sends only what was changed, and clears what was emptied", () => {
    expect(changesOf(form, form)).toEqual({});
    expect(changesOf({ ...form, statusText: "away", email: "a@b" }, { ...form, displayName: " Анна " })).toEqual({ display_name: "Анна", status_text: null, email: null });
  });

  it("names what is wrong", () => {
    expect(faultsOf(form)).toEqual([]);
    expect(faultsOf({ ...form, displayName: "  ", statusEmoji: "ok", email: "anna" })).toEqual(["displayName", "statusEmoji", "email"]);
  });

  it.each(["🌴", "👩‍💻", "🇷🇺", "❤️", "1️⃣"])("takes %s as one emoji", (text) => expect(isOneEmoji(text)).toBe(true));
  it.each(["a", "🌴🌴", "🌴 x", "1", "<b>"])("does not take %s", (text) => expect(isOneEmoji(text)).toBe(false));

  it("reads an account", () => {
    const user = { id: 1, username: "anna", display_name: "Anna", status_text: null, created_at: "2026-01-01T00:00:00Z" };
    expect(formOf({ user, server_role: "user", account_rev: 1 })).toEqual(form);
  });
});
