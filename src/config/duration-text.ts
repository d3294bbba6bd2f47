const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** One whole number and one unit. */
export const durationPattern = /^(\d{1,7})(s|m|h|d)$/;
/** Node's timers overflow beyond 24.8 days. */
const longestMs = 24 * 86_400_000;

/** `30s`, `5m`, `6h` or `1d` in milliseconds; undefined for anything else, and beyond 24 days. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ""] = durationPattern.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  return ms <= longestMs ? ms : undefined;
}

/** The shortest exact writing in one unit: 90000 is `90s`, 3600000 is `1h`. Parts of a second are rounded up. */
export function formatDuration(ms: number): string {
  const whole = Math.ceil(ms / 1_000) * 1_000;
  for (const [unit, size] of Object.entries(unitMs).reverse()) {
    if (whole >= size && whole % size === 0) return `${whole / size}${unit}`;
  }
  return `${whole / 1_000}s`;
}
