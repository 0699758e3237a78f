/** A turning ring; says `label` to those who do not see it. */
export function Spinner({ label, className = "size-5" }: { label: string; className?: string }) {
  return (
    <span role="status" className="inline-grid place-items-center">
      <svg viewBox="0 0 24 24" aria-hidden className={`${className} animate-spin`} fill="none" stroke="currentColor" strokeWidth="2.5">
        <circle cx="12" cy="12" r="9" opacity="0.2" />
        <path d="M21 12a9 9 0 0 0-9-9" strokeLinecap="round" />
      </svg>
      <span className="sr-only">{label}</span>
    </span>
  );
}
