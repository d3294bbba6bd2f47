import type { Fact } from "./facts.ts";

/** What a demand source may tell, and must ask, its pool. */
export interface DemandSink {
  /**
   * How many unfinished jobs (waiting plus running) the pool can hold now. Asked right before each poll, so that GitHub
   * always hears the truth.
   */
  capacity(): number;
  /** Takes facts in order. Resolves when they are journalled and applied; only then may the source acknowledge them. */
  accept(facts: readonly Fact[], options: { readonly signal: AbortSignal }): Promise<void>;
  /** How the source itself is doing; shown by status and `why`. */
  report(state: DemandSourceState): void;
}

export type DemandSourceState =
  | { readonly kind: "connecting"; readonly sinceMs: number }
  | {
      readonly kind: "connected";
      readonly sinceMs: number;
      /** What is wrong although jobs are heard of, for a person to mend. */
      readonly defect?: { readonly code: string; readonly message: string };
    }
  /** Waits and tries again by itself. `code` is a stable word, for example `session-conflict`. */
  | {
      readonly kind: "retrying";
      /** When the trouble began, however many attempts ago. */
      readonly sinceMs: number;
      readonly code: string;
      readonly message: string;
      readonly nextAttemptAtMs: number;
    };

/** A witness of demand for one pool, and the pool's way to new registrations at GitHub. */
export interface DemandSource {
  /**
   * Runs until `signal` fires, through every fault it can survive; then closes what it holds at GitHub and resolves.
   *
   * @throws {DemandSourceError} it cannot begin, or not go on; whoever runs it waits and calls it again.
   */
  run(sink: DemandSink, options: { readonly signal: AbortSignal }): Promise<void>;
  /** The pool can hold more than it last said. A hint: a source that is waiting on an old answer may ask again at once. */
  capacityRose?(): void;
}
