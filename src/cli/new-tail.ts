const anchorLength = 512;

/**
 * What `now` says beyond `before`, where both are ends of one growing text and the beginning may be cut off. When they no longer
 * overlap, all of `now`.
 */
export function newTail(before: string, now: string): string {
  if (before === "") return now;
  if (now.startsWith(before)) return now.slice(before.length);
  const anchor = before.slice(-anchorLength);
  const at = now.lastIndexOf(anchor);
  return at === -1 ? now : now.slice(at + anchor.length);
}
