import { links, type Link, type RecordedEntry } from "../ports/journal.ts";

/** One link of a job's chain: when it was reached, or where the wait stands. */
export interface ChainLink {
  readonly link: Link;
  readonly atMs?: number;
  readonly state: "done" | "waiting" | "not-reached" | "not-observed";
  readonly reason?: string;
}

/**
 * The causal chain of one job, from the entries of the job and of the runner that took it or is being made. A link that no witness
 * of this provider can see (a process has no image to pull) reads `not-observed` once a later one is done.
 */
export function chainOf(entries: readonly RecordedEntry[]): readonly ChainLink[] {
  const reached = new Map<string, RecordedEntry>();
  for (const entry of entries) if (!reached.has(entry.kind)) reached.set(entry.kind, entry);
  const lastDone = links.findLastIndex((link) => reached.has(link));
  return links.map((link, index) => {
    const entry = reached.get(link);
    if (entry !== undefined) {
      return { link, atMs: entry.atMs, state: "done", ...(entry.reason === undefined ? {} : { reason: entry.reason }) };
    }
    if (index < lastDone) return { link, state: "not-observed" };
    return { link, state: index === lastDone + 1 ? "waiting" : "not-reached" };
  });
}
