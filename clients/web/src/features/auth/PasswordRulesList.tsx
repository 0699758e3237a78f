import { Check, Circle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@/hooks/query";
import { useApi } from "@/hooks";
import { LIMITS } from "@wire";
import { judgePassword } from "./passwordRules";

/** The rules, ticked off while one types. */
export function PasswordRulesList({ id, password, username }: { id: string; password: string; username: string }) {
  const { t } = useTranslation("auth");
  const api = useApi();
  const { data } = useQuery({ queryKey: ["password-rules"], queryFn: api.passwordRules, staleTime: Number.POSITIVE_INFINITY });
  const rules = data ?? { min_length: LIMITS.PASSWORD_MIN_CHARS, max_bytes: LIMITS.PASSWORD_MAX_BYTES };
  // The upper bound is of interest only to those who reach it.
  const judged = judgePassword(password, username, rules).filter(({ id: rule, met }) => rule !== "maxBytes" || !met);
  return (
    <ul id={id} aria-label={t("rules.label")} className="grid grid-cols-1 gap-1 text-sm">
      {judged.map(({ id: rule, count, met }) => (
        <li key={rule} className={`flex items-start gap-2 ${met ? "text-ok" : "text-ink-2"}`}>
          {met ? <Check aria-hidden className="mt-0.5 size-4 shrink-0" /> : <Circle aria-hidden className="mt-0.5 size-4 shrink-0 stroke-1" />}
          <span className={met ? "text-ink" : ""}>
            {t(`rules.${rule}`, { count })}
            <span className="sr-only"> {met ? t("rules.met") : t("rules.unmet")}</span>
          </span>
        </li>
      ))}
      <li className="flex items-start gap-2 text-ink-2">
        <Circle aria-hidden className="mt-0.5 size-4 shrink-0 stroke-1" />
        {t("rules.notCommon")}
      </li>
    </ul>
  );
}
