/**
 * Looks again and again until `look` gives something, and says what it last saw when it never does. Real processes have no
 * virtual clock.
 */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined | false>,
  options: { readonly withinMs: number; readonly lastSeen?: () => unknown },
): Promise<Found> {
  const deadlineMs = Date.now() + options.withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadlineMs) {
      const seen = options.lastSeen === undefined ? "" : ` Last seen: ${JSON.stringify(options.lastSeen(), null, 1)}`;
      throw new Error(`It did not come to pass within ${options.withinMs} ms: ${what}.${seen}`);
    }
    await pause(100);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
