import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { texts } from "./texts.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env["VESTNIK_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    react(),
    texts(),
    tailwindcss(),
    // Production builds alone have a service worker; `src/pwa/register.ts` registers it.
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src/pwa",
      filename: "sw.ts",
      injectRegister: false,
      manifest: false,
      injectManifest: {
        rollupFormat: "iife",
        // The shell and its lazy parts; emoji and rare scripts of the font are kept when they are first used.
        globPatterns: ["**/*.{html,js,css,svg,webmanifest}", "assets/texts-*.json", "icons/*.png", "assets/inter-{latin,cyrillic}-wght-normal*.woff2"],
        globIgnores: ["emoji/**", "sw.js"],
        dontCacheBustURLsMatching: /^assets\//,
      },
    }),
  ],
  resolve: {
    alias: {
      "@": here("./src"),
      "react-remove-scroll": here("./src/ui/RemoveScroll.tsx"),
      "@wire": here("../../crates/proto/generated/wire.ts"),
    },
  },
  build: {
    target: "es2023",
    outDir: "dist",
    // Nothing may be inlined as data: the content security policy and the caches want files.
    assetsInlineLimit: 0,
    // Lists of what each lazy part needs would be 2 KB of the first load, to spare the rare first visit a round trip.
    modulePreload: false,
    // What the libraries' licences ask for: their notices go along.
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 900,
    // What every first load needs is one file: thirty small ones take 4 % more, and as many round trips.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] },
        // A few more rounds find another 1 % of the first load.
        minify: { compress: { maxIterations: 10, treeshake: { propertyReadSideEffects: false, unknownGlobalSideEffects: false } }, mangle: { toplevel: true } },
      },
    },
  },
  server: {
    fs: { allow: [here("."), here("../../crates/proto/generated")] },
    proxy: { "/api": server, "/ws": { target: server.replace(/^http/, "ws"), ws: true } },
  },
  test: {
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
    // A document is dear: only components get one, and what asks for it in its first line.
    projects: [
      { extends: true, test: { name: "pure", environment: "node", include: ["src/**/*.test.ts"] } },
      { extends: true, test: { name: "components", environment: "jsdom", include: ["src/**/*.test.tsx"] } },
    ],
  },
});
