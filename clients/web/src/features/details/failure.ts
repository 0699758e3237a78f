import type { TFunction } from "i18next";
import { describeFailure, toFailure } from "@/lib/errors";
import { toast } from "@/ui";

/** One sentence for a refused action. Where only the server knows what clashed or is wrong, it is the server's. */
export function sentence(t: TFunction, thrown: unknown): string {
  const failure = toFailure(thrown);
  return failure.code === "conflict" || failure.code === "invalid" ? failure.message : describeFailure(t, failure).text;
}

/** Says why something was refused. */
export const tellFailure = (t: TFunction, thrown: unknown): void => void toast({ text: sentence(t, thrown), tone: "danger" });
