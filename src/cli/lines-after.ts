/**
 * Which of `last`, the last lines of a text, come after what was `seen` of it. Both may have lost their beginnings; where they do not
 * overlap, all of `last`.
 */
export function linesAfter(seen: readonly string[], last: readonly string[]): readonly string[] {
  for (let overlap = Math.min(seen.length, last.length); overlap > 0; overlap -= 1) {
    const tail = seen.slice(-overlap);
    if (tail.every((line, at) => line === last[at])) return last.slice(overlap);
  }
  return last;
}
