/** The links of the chain from a queued job to a cleaned machine, in the order in which they happen. */
export const links = [
  "seen",
  "matched",
  "admitted",
  "reserved",
  "credential",
  "created",
  "scheduled",
  "image",
  "booted",
  "registered",
  "assigned",
  "started",
  "finished",
  "cleaned",
] as const;
export type Link = (typeof links)[number];

/** One thing that was seen, decided or done. History, never the base of a safety decision. */
export interface JournalEntry {
  readonly atMs: number;
  /** A link of the chain, or an event outside it: `launch-failed`, `session-conflict`, `surplus-stopped`... */
  readonly kind: string;
  readonly pool: string;
  readonly job?: string;
  readonly runner?: string;
  /** Why, in a person's words; free of secrets. */
  readonly reason?: string;
}

export interface RecordedEntry extends JournalEntry {
  /** Ascending within one journal. */
  readonly sequence: number;
}

export interface Journal {
  /** Durable when it resolves, as far as this journal is durable at all. */
  append(entries: readonly JournalEntry[], options: { readonly signal: AbortSignal }): Promise<void>;
  /** Newest last, at most `limit` (default 1000) of those that match. */
  read(
    filter: {
      readonly job?: string;
      readonly runner?: string;
      readonly pool?: string;
      readonly afterSequence?: number;
      readonly limit?: number;
    },
    options: { readonly signal: AbortSignal },
  ): Promise<readonly RecordedEntry[]>;
}
