import { cx } from "@/ui";
import { useAppearance } from "./context";
import type { Season } from "./season";

/** Small figures on a 16 × 10 field, one path and one colour each. */
const FIGURES: Readonly<Record<Season, readonly { path: string; color: string }[]>> = {
  newYear: [
    { path: "M8 1v2M6 3h4v2a2 3 0 0 1-4 0z", color: "#d4463b" },
    { path: "M8 1v2M6 3h4v2a2 3 0 0 1-4 0z", color: "#d9a520" },
    { path: "M8 1v2M6 3h4v2a2 3 0 0 1-4 0z", color: "#2f9e62" },
    { path: "M8 1v2M6 3h4v2a2 3 0 0 1-4 0z", color: "#3f7fd0" },
  ],
  winter: [{ path: "M8 1v8M4.5 3l7 4M11.5 3l-7 4", color: "#6ea8d8" }],
  spring: [{ path: "M8 5a2 2 0 1 1 2-2 2 2 0 1 1 0 4 2 2 0 1 1-4 0 2 2 0 1 1 0-4 2 2 0 0 1 2 2z", color: "#dd8fb0" }],
  summer: [{ path: "M6 5a2 2 0 1 1 4 0 2 2 0 0 1-4 0M8 .8v1M8 8.2v1M3.8 5h1M11.2 5h1", color: "#d9a520" }],
  autumn: [
    { path: "M4 8C4 4 7 2 12 2c0 5-2 7-6 6.500zM4 9l5-5", color: "#c9772b" },
    { path: "M12 8C12 4 9 2 4 2c0 5 2 7 6 6.500zM12 9L7 4", color: "#b5562f" },
  ],
};
/** Lights on the mark at the New Year; the other seasons have one figure. */
const LIGHTS = 3;

/** A small figure at the corner of the mark it stands in. Nothing can be done with it, so nobody is told of it. */
export function SeasonDecoration() {
  const { season } = useAppearance().look;
  if (season === null) return null;
  return (
    <span aria-hidden className="pointer-events-none absolute -end-2 -top-1.5 flex print:hidden">
      {FIGURES[season].slice(0, season === "newYear" ? LIGHTS : 1).map((figure, at) => (
        <svg key={at} viewBox="3 0 10 10" className={cx("size-3.5 drop-shadow-[0_0_1px_var(--sunken)]", at > 0 && "-ms-1.5", season === "newYear" && "animate-pulse")} style={{ animationDelay: `${at * 0.35}s`, animationDuration: "3s", animationIterationCount: 6 }}>
          <path d={figure.path} fill={season === "winter" ? "none" : figure.color} stroke={figure.color} strokeWidth={season === "winter" ? 1.2 : 0.8} strokeLinecap="round" />
        </svg>
      ))}
    </span>
  );
}
