import { useMemo } from "react";
import { encode } from "uqr";

/** Cameras want this much empty space around the code, in modules. */
const QUIET = 3;

/** A QR code as one path of an SVG; dark on light in every theme, as cameras want it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => draw(text), [text]);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" className="block w-full rounded-2 border border-line">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#101418" />
    </svg>
  );
}

function draw(text: string): { path: string; size: number } {
  const { data, size } = encode(text, { border: QUIET, ecc: "M" });
  const runs: string[] = [];
  data.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      runs.push(`M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`);
    }
  });
  return { path: runs.join(""), size };
}
