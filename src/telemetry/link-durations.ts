import { links, type Link, type RecordedEntry } from "../core/ports/journal.ts";

/** How long one link of the chain took: the time since the link before it, of the same job or the same runner. */
export interface LinkDuration {
  readonly pool: string;
  readonly link: Link;
  readonly durationMs: number;
}

const linkNames: ReadonlySet<string> = new Set(links);

export function isLink(kind: string): kind is Link {
  return linkNames.has(kind);
}

/**
 * Follows the links of jobs and runners through the journal. It remembers the last link of at most `maxTracks` of them; the
 * longest unheard-of ones are forgotten first, and cost one missing measurement.
 */
export class LinkDurations {
  readonly #lastAtMs = new Map<string, number>();
  readonly #maxTracks: number;

  constructor(options: { readonly maxTracks: number }) {
    this.#maxTracks = options.maxTracks;
  }

  /** What this entry measures; undefined for the first link of a track and for entries that are no links. */
  observe(entry: RecordedEntry): LinkDuration | undefined {
    if (!isLink(entry.kind)) return undefined;
    const tracks = [
      ...(entry.job === undefined ? [] : [`job ${entry.job}`]),
      ...(entry.runner === undefined ? [] : [`runner ${entry.runner}`]),
    ];
    const known = tracks.map((track) => this.#lastAtMs.get(track)).filter((atMs) => atMs !== undefined);
    for (const track of tracks) this.#remember(track, entry);
    if (known.length === 0) return undefined;
    return { pool: entry.pool, link: entry.kind, durationMs: Math.max(0, entry.atMs - Math.max(...known)) };
  }

  #remember(track: string, entry: RecordedEntry): void {
    this.#lastAtMs.delete(track);
    const over = entry.kind === "cleaned" || (entry.kind === "finished" && track.startsWith("job "));
    if (over) return;
    this.#lastAtMs.set(track, entry.atMs);
    if (this.#lastAtMs.size <= this.#maxTracks) return;
    for (const oldest of this.#lastAtMs.keys()) {
      this.#lastAtMs.delete(oldest);
      return;
    }
  }
}
