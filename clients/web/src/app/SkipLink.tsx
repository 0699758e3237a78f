/** Leads past what repeats on every page. Shown when it has the focus. The address stays as it is. */
export function SkipLink({ to, children }: { to: string; children: string }) {
  return (
    <a
      href={`#${to}`}
      className="skip-link"
      onClick={(event) => {
        event.preventDefault();
        const target = document.getElementById(to);
        (target?.querySelector<HTMLElement>("textarea,[contenteditable=true]") ?? target)?.focus();
      }}
    >
      {children}
    </a>
  );
}
