import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The browser of the system: nothing is downloaded. */
const executablePath =
  process.env["CHROMIUM"] ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync) ??
  "chromium";

export default defineConfig({
  testDir: "e2e",
  outputDir: "node_modules/.vestnik/results",
  timeout: 90_000,
  expect: { timeout: 15_000 },
  retries: 0,
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env["CI"]),
  reporter: [["list"]],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Moscow",
    viewport: { width: 1440, height: 900 },
    actionTimeout: 15_000,
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Root may not use Chromium's own sandbox.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
    },
  },
  projects: [
    { name: "stories", testMatch: "stories/**/*.story.ts" },
    { name: "screenshots", testMatch: "screenshots.ts", fullyParallel: false, workers: 1 },
    { name: "bench", testMatch: "bench/**/*.bench.ts", fullyParallel: false, workers: 1, timeout: 900_000 },
  ],
});
