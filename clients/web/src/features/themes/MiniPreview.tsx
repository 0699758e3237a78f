import type { CSSProperties } from "react";
import type { Base, TokenSet } from "./tokens";

/** Tokens as custom properties for `style` of a part of the page. */
export function tokenStyle(tokens: TokenSet): CSSProperties {
  return Object.fromEntries(Object.entries(tokens).map(([token, color]) => [`--${token}`, color]));
}

/** A theme in the size of a stamp: list, two messages, accent. */
export function MiniPreview({ base, tokens, half }: { base: Base; tokens: TokenSet; half?: { base: Base; tokens: TokenSet } }) {
  return (
    <span className="relative block h-16 overflow-hidden rounded-1 border border-line">
      <Stamp base={base} tokens={tokens} />
      {half && (
        <span className="absolute inset-0 block [clip-path:polygon(100%_0,100%_100%,0_100%)]">
          <Stamp base={half.base} tokens={half.tokens} />
        </span>
      )}
    </span>
  );
}

function Stamp({ base, tokens }: { base: Base; tokens: TokenSet }) {
  return (
    <span data-theme={base} style={tokenStyle(tokens)} className="flex size-full bg-surface">
      <span className="block w-1/3 border-e border-line bg-sunken p-1.5">
        <span className="mb-1.5 block h-1.5 rounded-full bg-accent" />
        <span className="mb-1.5 block h-1.5 rounded-full bg-line-strong" />
        <span className="block h-1.5 w-2/3 rounded-full bg-line-strong" />
      </span>
      <span className="flex flex-1 flex-col justify-center gap-1.5 p-2">
        <span className="block h-1.5 w-4/5 rounded-full bg-ink" />
        <span className="block h-1.5 w-3/5 rounded-full bg-ink-2" />
        <span className="block h-3 w-2/3 self-end rounded-1 bg-accent-soft p-1">
          <span className="block h-1 rounded-full bg-accent" />
        </span>
      </span>
    </span>
  );
}
