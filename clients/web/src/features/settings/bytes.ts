const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A number of bytes as people read it: 1.5 MB. */
export function formatBytes(bytes: number, locale: string): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1000)));
  const digits = power === 0 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: "unit", unit: UNITS[power], unitDisplay: "short", maximumFractionDigits: digits }).format(bytes / 1000 ** power);
}
