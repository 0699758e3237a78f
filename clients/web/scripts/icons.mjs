/**
 * Draws the PNG icons of the manifest from `public/favicon.svg` with Chromium: `node scripts/icons.mjs`.
 * The results are committed; run it again when the mark changes.
 */
import { readFile, writeFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const publicDir = new URL("../public/", import.meta.url);
const mark = await readFile(new URL("favicon.svg", publicDir), "utf8");
const shapes = mark.match(/<path[\s\S]*?\/>/g).join("");
const square = mark.replace(/ rx="\d+"/, "");

/** Maskable icons are cut to any shape: the mark stays within the inner 80 %, the colour goes to the edge. */
const maskable = square.replace(shapes, "").replace(/<path[\s\S]*\/>/, `<g transform="translate(9.6 9.6) scale(0.7)">${shapes}</g>`);
/** The badge of notifications: its alpha alone is used. */
const badge = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="6 6 52 52">${shapes}</svg>`;

const files = [
  ["icons/icon-192.png", 192, mark],
  ["icons/icon-512.png", 512, mark],
  ["icons/maskable-192.png", 192, maskable],
  ["icons/maskable-512.png", 512, maskable],
  ["icons/apple-touch-icon.png", 180, square],
  ["icons/badge-96.png", 96, badge],
];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  for (const [file, size, svg] of files) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
    await writeFile(new URL(file, publicDir), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
