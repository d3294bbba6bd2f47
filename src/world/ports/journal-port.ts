import type { Journal, JournalEntry } from "../../core/ports/journal.ts";
import type { Incarnation } from "../time/incarnation.ts";
import type { Gate } from "./gate.ts";

/** What the rules want to know of the journal. */
export interface JournalRules {
  written(incarnation: Incarnation, entries: readonly JournalEntry[]): void;
  /** A write of this incarnation failed, or nobody can tell. */
  writeFailed(incarnation: Incarnation): void;
}

/** A journal as one incarnation reaches it. */
export function journalPort(incarnation: Incarnation, gate: Gate, journal: Journal, rules: JournalRules): Journal {
  return {
    append: (entries, { signal }) =>
      gate
        .call(incarnation, "journal", "append", String(entries.length), signal, (inner) =>
          journal.append(entries, { signal: inner }).then(() => rules.written(incarnation, entries)),
        )
        .catch((error: unknown) => {
          rules.writeFailed(incarnation);
          throw error;
        }),
    read: (filter, { signal }) =>
      gate.call(incarnation, "journal", "read", "", signal, (inner) => journal.read(filter, { signal: inner })),
  };
}
