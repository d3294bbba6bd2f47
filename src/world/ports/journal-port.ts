import type { Journal } from "../../core/ports/journal.ts";
import type { Incarnation } from "../time/incarnation.ts";
import type { Gate } from "./gate.ts";

/** A journal as one incarnation reaches it. */
export function journalPort(incarnation: Incarnation, gate: Gate, journal: Journal): Journal {
  return {
    append: (entries, { signal }) =>
      gate.call(incarnation, "journal", "append", String(entries.length), signal, (inner) =>
        journal.append(entries, { signal: inner }),
      ),
    read: (filter, { signal }) =>
      gate.call(incarnation, "journal", "read", "", signal, (inner) => journal.read(filter, { signal: inner })),
  };
}
