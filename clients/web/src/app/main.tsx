import "@/styles/main.css";
import { ThemeProvider } from "@/features/themes";
import { EngineProvider } from "@/hooks";
import { Queries, QueriesContext } from "@/hooks/query";
import { initI18n } from "@/lib/i18n";
import { registerServiceWorker } from "@/pwa";
import { preloadFloating } from "@/ui";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createClient, startEngine } from "./client";
import { forgetWithAccount } from "./forget";
import { createAppRouter } from "./router";

async function start(): Promise<void> {
  const client = createClient();
  const queries = new Queries();
  await Promise.all([initI18n(), startEngine(client)]);
  const router = createAppRouter({ client, queries });
  // Whoever is signed out elsewhere, or refused by the server, is led to the login page and back.
  client.session.subscribe(() => void router.invalidate());
  forgetWithAccount(client.session, queries);
  registerServiceWorker(client, (path) => void router.navigate({ href: path }));
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <QueriesContext value={queries}>
        <EngineProvider client={client}>
          <ThemeProvider>
            <RouterProvider router={router} />
          </ThemeProvider>
        </EngineProvider>
      </QueriesContext>
    </StrictMode>,
  );
  preloadOnIntent();
}

/** The first sign of a hand fetches menus and dialogs, so that the first click on one does not wait. */
function preloadOnIntent(): void {
  for (const sign of ["pointermove", "pointerdown", "keydown"]) window.addEventListener(sign, preloadFloating, { once: true, passive: true });
}

void start();
