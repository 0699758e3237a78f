import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import { EXTERNAL_LINK, deceptiveHost, displayUrl, ownPath } from "@/lib/links";

interface Props {
  href: string;
  /** The words are the address itself. */
  auto: boolean;
  words: string;
  children: ReactNode;
}

/** A link in a message: to elsewhere in a new tab, to here inside the page. What it leads to is never disguised. */
export function MessageLink({ href, auto, words, children }: Props) {
  const router = useRouter({ warn: false }) as ReturnType<typeof useRouter> | undefined;
  const path = ownPath(href, window.location.origin);
  const address = displayUrl(href);
  const host = auto ? null : deceptiveHost(words, href);
  const go = (event: MouseEvent) => {
    if (path === null || !router || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    router.history.push(path);
  };
  // A host outside ASCII is shown as `displayHost` decides, whatever was typed.
  const disguised = auto && !href.startsWith("mailto:") && /[^\u0020-\u007e]|xn--/i.test(words);
  return (
    <>
      <a
        href={path ?? href}
        {...(path === null && EXTERNAL_LINK)}
        data-tip={auto ? undefined : address}
        onClick={go}
        className="text-accent underline decoration-accent/40 underline-offset-2 wrap-anywhere hover:decoration-current"
      >
        {disguised ? address : children}
      </a>
      {host !== null && <span className="text-ink-2"> ({host})</span>}
    </>
  );
}
