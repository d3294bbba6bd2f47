import type { Journal, JournalEntry, RecordedEntry } from "../../core/ports/journal.ts";

/** History for as long as the process lives: the newest `capacity` entries (default 20,000). */
export function createMemoryJournal(options: { readonly capacity?: number } = {}): Journal {
  const capacity = options.capacity ?? 20_000;
  let entries: RecordedEntry[] = [];
  let sequence = 0;
  return {
    append(added: readonly JournalEntry[]): Promise<void> {
      for (const entry of added) {
        sequence += 1;
        entries.push({ ...entry, sequence });
      }
      if (entries.length > capacity * 2) entries = entries.slice(-capacity);
      return Promise.resolve();
    },
    read(filter): Promise<readonly RecordedEntry[]> {
      const found = entries.filter(
        (entry) =>
          (filter.job === undefined || entry.job === filter.job) &&
          (filter.runner === undefined || entry.runner === filter.runner) &&
          (filter.pool === undefined || entry.pool === filter.pool) &&
          (filter.afterSequence === undefined || entry.sequence > filter.afterSequence),
      );
      const limit = filter.limit ?? 1_000;
      return Promise.resolve(filter.afterSequence === undefined ? found.slice(-limit) : found.slice(0, limit));
    },
  };
}
