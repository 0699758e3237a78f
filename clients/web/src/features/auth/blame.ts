import type { ApiFailure } from "@/lib/errors";
import type { FieldErrors } from "./useForm";

type Translate = (key: string) => string;

/** Which field a refusal of a new account belongs to, in the reader's own words. */
export function blameAccount(t: Translate, failure: ApiFailure): FieldErrors | null {
  if (failure.code === "conflict") return { username: t("usernameTaken") };
  if (failure.code !== "invalid") return null;
  if (failure.field === "username") return { username: t("usernameRefused") };
  if (failure.field === "password") return { password: t("passwordRefused") };
  return null;
}

/** What can be told of a new account without asking. */
export function checkAccount(t: Translate, username: string, password: string, minLength: number): FieldErrors {
  const name = username.trim();
  return {
    ...(name === "" ? { username: t("usernameMissing") } : !/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u.test(name) && { username: t("usernameRefused") }),
    ...([...password].length < minLength && { password: password === "" ? t("passwordMissing") : t("passwordShort") }),
  };
}
