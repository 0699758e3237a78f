import { describe, expect, it } from "vitest";
import { judgePassword } from "./passwordRules";

const rules = { min_length: 8, max_bytes: 256 };
const broken = (password: string, username = "anna") => judgePassword(password, username, rules).filter(({ met }) => !met).map(({ id }) => id);

describe("password rules", () => {
  it("let a good password pass", () => expect(broken("correct horse")).toEqual([]));
  it("ask for enough characters, counted as people do", () => {
    expect(broken("short")).toEqual(["minLength"]);
    expect(broken("пароль12")).toEqual([]);
    expect(broken("🔑🔑🔑🔑")).toEqual(["minLength"]);
  });
  it("bound the bytes", () => {
    expect(broken("я".repeat(128))).toEqual([]);
    expect(broken("я".repeat(129))).toEqual(["maxBytes"]);
  });
  it("refuse the username in any case", () => {
    expect(broken("ANNA-maria", "anna-Maria")).toEqual(["notName"]);
    expect(broken("", "")).toEqual(["minLength", "notName"]);
  });
});
