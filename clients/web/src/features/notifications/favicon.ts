/** The page's icon with a number or a dot, and the badge of the installed application. */
import type { Attention } from "@/lib/notify";

const PLAIN = "/favicon.svg";
const SIZE = 64;
const KEPT_MS = 10_000;

let shownKey = "";
let shownUrl: string | null = null;
let mark: Promise<HTMLImageElement> | null = null;

/** Shows what asks for attention; does nothing when it is shown already. */
export async function showIcon(attention: Attention): Promise<void> {
  const key = attention.number > 0 ? String(Math.min(attention.number, 100)) : attention.dot ? "dot" : "";
  if (key === shownKey) return;
  shownKey = key;
  const blob = key === "" ? null : await draw(key === "100" ? "99" : key).catch(() => null);
  // Something newer was asked for meanwhile.
  if (shownKey !== key) return;
  const old = shownUrl;
  shownUrl = blob ? URL.createObjectURL(blob) : null;
  setHref(shownUrl ?? PLAIN, blob ? "image/png" : "image/svg+xml");
  // The browser reads the icon when it likes: what it was told a moment ago must still be there.
  if (old) setTimeout(() => URL.revokeObjectURL(old), KEPT_MS);
}

/** The number on the application's icon; a dot has none. */
export function showAppBadge(attention: Attention): void {
  const done = attention.number > 0 ? navigator.setAppBadge?.(attention.number) : navigator.clearAppBadge?.();
  done?.catch(() => undefined);
}

function setHref(href: string, type: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]') ?? document.head.appendChild(document.createElement("link"));
  link.rel = "icon";
  link.type = type;
  link.href = href;
}

function load(): Promise<HTMLImageElement> {
  mark ??= (async () => {
    const image = new Image(SIZE, SIZE);
    image.src = PLAIN;
    await image.decode();
    return image;
  })();
  return mark;
}

async function draw(label: string): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.drawImage(await load(), 0, 0, SIZE, SIZE);
  const dot = label === "dot";
  const radius = dot ? 13 : 21;
  const [x, y] = [SIZE - radius, SIZE - radius];
  // A gap between mark and badge keeps both legible at 16 pixels.
  pen.globalCompositeOperation = "destination-out";
  circle(pen, x, y, radius + 4);
  pen.globalCompositeOperation = "source-over";
  pen.fillStyle = "#c92a2a";
  circle(pen, x, y, radius);
  if (!dot) {
    pen.fillStyle = "#fff";
    pen.font = `700 ${label.length > 1 ? 28 : 34}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(label, x, y + 2);
  }
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, Math.PI * 2);
  pen.fill();
}
