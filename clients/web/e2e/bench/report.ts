/** Figures of rounds as a table, and the report under `bench/`. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { quantile } from "./measure";

/** One figure: what came out in each round, and what it must not exceed. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly values: number[];
  readonly most?: number;
}

const file = (name: string) => fileURLToPath(new URL(`../../../../bench/${name}`, import.meta.url));
const BEGIN = "<!-- figures: written by `make bench-web` -->";
const END = "<!-- end of figures -->";

const shown = (value: number): string => (Number.isInteger(value) || value >= 1000 ? Math.round(value).toLocaleString("en") : value.toFixed(value < 10 ? 2 : 1));

/** The figures as rows of markdown: medians, with the smallest and the largest. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, unit, values, most }) => {
    const [middle, low, high] = [quantile(values, 0.5), Math.min(...values), Math.max(...values)];
    const spread = low === high ? "" : ` (${shown(low)}-${shown(high)})`;
    const verdict = most === undefined ? "" : middle <= most ? "held" : "**missed**";
    return `| ${what} | ${most === undefined ? "" : `<= ${shown(most)} ${unit}`.trimEnd()} | ${shown(middle)}${spread} ${unit} | ${verdict} |`.replace(/ +\|/g, " |");
  });
  return ["| what | goal | measured | |", "|---|---|---|---|", ...rows].join("\n");
}

/** Writes `bench/web.json` and the figures of `bench/WEB.md`. */
export function write(figures: readonly Figure[], about: Readonly<Record<string, string | number>>, before: readonly number[]): void {
  const load = { before: before[0] ?? 0, after: loadavg()[0] ?? 0 };
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}`;
  writeFileSync(file("web.json"), `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine, load, about, figures }, null, 2)}\n`);
  const facts = Object.entries(about).map(([name, value]) => `${name} ${value.toLocaleString("en")}`).join(", ");
  const text = `${BEGIN}\n\nMachine: ${machine}; load average ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after. ${facts}.\n\n${table(figures)}\n\n${END}`;
  const page = readFileSync(file("WEB.md"), "utf8");
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start >= 0 && end > start) writeFileSync(file("WEB.md"), page.slice(0, start) + text + page.slice(end + END.length));
}
