import type { ReactNode } from "react";
import { Banner } from "@/ui";

/** A banner inside the card, with its corners. */
export function Notice({ tone, children }: { tone: "info" | "warn" | "danger"; children: ReactNode }) {
  return (
    <div className="overflow-hidden rounded-2">
      <Banner tone={tone}>{children}</Banner>
    </div>
  );
}
