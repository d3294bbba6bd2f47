import type { JournalEntry } from "../core/ports/journal.ts";

/** What messages of GitHub tell of a job. Other entries that name a job come from elsewhere and hold no message up. */
const toldByMessages: ReadonlySet<string> = new Set(["seen", "matched", "admitted", "assigned", "started", "finished"]);

/**
 * What one life of the controller recorded of each job, and what of it reached the journal. A message may be deleted at GitHub only
 * when nothing of its jobs is still on its way: a crash would lose it.
 */
export class Journalled {
  readonly #recorded = new Map<string, number>();
  readonly #written = new Map<string, number>();

  recorded(entry: JournalEntry): void {
    count(entry, this.#recorded);
  }

  written(entries: readonly JournalEntry[]): void {
    for (const entry of entries) count(entry, this.#written);
  }

  /** A write failed, or its answer was lost: its entries are given up, as a full disk must not stop scaling. */
  failed(): void {
    this.#recorded.clear();
    this.#written.clear();
  }

  isOnItsWay(job: string): boolean {
    return (this.#recorded.get(job) ?? 0) > (this.#written.get(job) ?? 0);
  }
}

function count({ job, kind }: JournalEntry, into: Map<string, number>): void {
  if (job !== undefined && toldByMessages.has(kind)) into.set(job, (into.get(job) ?? 0) + 1);
}
