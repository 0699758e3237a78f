/** How far something is. */
export function Progress({ value, max, label }: { value: number; max: number; label: string }) {
  const part = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={max} aria-valuenow={value} className="h-1.5 overflow-hidden rounded-full bg-sunken">
      <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${part * 100}%` }} />
    </div>
  );
}
