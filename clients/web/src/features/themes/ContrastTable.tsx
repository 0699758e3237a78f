import { Check, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { judge, PAIRS } from "./pairs";
import type { TokenSet } from "./tokens";

/** Every pair of text and ground with its contrast; those that fail come first. */
export function ContrastTable({ tokens }: { tokens: TokenSet }) {
  const { t, i18n } = useTranslation("settings");
  const judged = PAIRS.map((pair) => ({ ...pair, ...judge(tokens, pair) })).sort((one, other) => Number(one.passes) - Number(other.passes));
  const failing = judged.filter(({ passes }) => !passes).length;
  const number = new Intl.NumberFormat(i18n.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return (
    <section>
      <h3 className="mb-1 text-sm font-medium">{t("contrast.title")}</h3>
      <p role="status" className={`mb-2 text-sm ${failing > 0 ? "text-danger" : "text-ink-2"}`}>
        {failing > 0 ? t("contrast.failing", { count: failing }) : t("contrast.allPass")}
      </p>
      <table className="w-full text-xs">
        <thead className="sr-only">
          <tr>
            <th>{t("contrast.pair")}</th>
            <th>{t("contrast.ratio")}</th>
            <th>{t("contrast.verdict")}</th>
          </tr>
        </thead>
        <tbody>
          {judged.map(({ text, on, least, ratio, passes }) => (
            <tr key={`${text} ${on}`} className="border-t border-line">
              <td className="py-1.5">{t("contrast.on", { text: t(`token.${text}`), ground: t(`token.${on}`) })}</td>
              <td className="py-1.5 ps-2 text-end tabular-nums">{number.format(Math.floor(ratio * 10) / 10)}</td>
              <td className={`w-24 py-1.5 ps-3 whitespace-nowrap ${passes ? "text-ink-2" : "font-medium text-danger"}`}>
                {passes ? <Check aria-hidden className="me-1 inline size-3.5" /> : <TriangleAlert aria-hidden className="me-1 inline size-3.5" />}
                {passes ? t("contrast.pass") : t("contrast.fail", { least: number.format(least) })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
