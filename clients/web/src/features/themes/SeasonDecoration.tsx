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
const COUNT = 3;

/** Three small figures in the corner above the mark. Nothing can be done with them, so nobody is told of them. */
export function SeasonDecoration({ season }: { season: Season }) {
  const figures = FIGURES[season];
  return (
    <div aria-hidden className="pointer-events-none fixed start-0 top-0.5 z-30 flex h-[9px] w-16 justify-center gap-0.5 opacity-80 print:hidden">
      {Array.from({ length: COUNT }, (_, at) => {
        const figure = figures[at % figures.length]!;
        return (
          <svg key={at} viewBox="0 0 16 10" className={season === "newYear" ? "h-[9px] w-[14px] animate-pulse" : "h-[9px] w-[14px]"} style={{ animationDelay: `${at * 0.35}s`, animationDuration: "3s", animationIterationCount: 6 }}>
            <path d={figure.path} fill={season === "winter" ? "none" : figure.color} stroke={figure.color} strokeWidth={season === "winter" ? 1 : 0.8} strokeLinecap="round" />
          </svg>
        );
      })}
    </div>
  );
}
