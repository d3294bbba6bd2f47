import type { Clock } from "../core/ports/clock.ts";
import type { Journal, JournalEntry, RecordedEntry } from "../core/ports/journal.ts";
import { Wake } from "./wake.ts";

const entriesKept = 2_000;
const pendingMax = 10_000;
const appendDeadlineMs = 10_000;
/** How long history that no message waits for may stay unwritten. */
const lingerMs = 1_000;
const patienceMs = 3_600_000;

/**
 * Writes the journal in batches and keeps the newest entries for the read model. A journal that fails (a full disk) never stops
 * scaling: the entries of that batch are dropped and the failure is shown until a later batch succeeds.
 */
export class Recorder {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #recent: RecordedEntry[] = [];
  readonly #listeners = new Set<(entry: RecordedEntry) => void>();
  #pending: JournalEntry[] = [];
  #writing: Promise<void> | undefined;
  readonly #wake = new Wake();
  #sequence = 0;
  #failure: { readonly sinceMs: number; readonly message: string } | undefined;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Set while the journal cannot be written. */
  get failure(): { readonly sinceMs: number; readonly message: string } | undefined {
    return this.#failure;
  }

  record(entry: Omit<JournalEntry, "atMs">): void {
    this.#sequence += 1;
    const recorded: RecordedEntry = { ...entry, atMs: this.#clock.nowMs(), sequence: this.#sequence };
    this.#recent.push(recorded);
    if (this.#recent.length > entriesKept * 2) this.#recent.splice(0, this.#recent.length - entriesKept);
    if (this.#pending.length < pendingMax) this.#pending.push(recorded);
    for (const listener of this.#listeners) listener(recorded);
    this.#wake.ring();
  }

  /** Writes what lingers, until `signal` fires. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wake.wait(this.#clock, patienceMs, signal);
      await this.#clock.sleep(lingerMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.flush(signal);
    }
  }

  /** Resolves when everything recorded so far is in the journal, or known to be lost to a failing one. */
  async flush(signal: AbortSignal): Promise<void> {
    while (this.#pending.length > 0 || this.#writing !== undefined) {
      this.#writing ??= this.#write(signal).finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  events(afterSequence: number, limit: number): readonly RecordedEntry[] {
    return this.#recent.filter((entry) => entry.sequence > afterSequence).slice(0, limit);
  }

  subscribe(listener: (entry: RecordedEntry) => void): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  async #write(signal: AbortSignal): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    try {
      await this.#journal.append(batch, { signal: this.#clock.deadline(signal, appendDeadlineMs) });
      this.#failure = undefined;
    } catch (error) {
      this.#failure ??= {
        sinceMs: this.#clock.nowMs(),
        message: error instanceof Error ? error.message : String(error),
      };
    }
  }
}
