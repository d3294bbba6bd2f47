import type { JobIdentity } from "../ports/facts.ts";

/** One job as the ledger knows it: what each witness said, and when we heard it. */
export interface Job {
  readonly identity: JobIdentity;
  readonly seenAtMs: number;
  readonly state: JobState;
  /** How often GitHub gave it to the pool; more than one after a lapsed assignment (F10). */
  readonly assignments: number;
}

export type JobState =
  | { readonly kind: "available"; readonly sinceMs: number }
  | { readonly kind: "assigned"; readonly sinceMs: number }
  | { readonly kind: "running"; readonly sinceMs: number; readonly runner: string }
  | {
      readonly kind: "completed";
      readonly sinceMs: number;
      readonly result: string;
      readonly runner: string | undefined;
      readonly startedAtMs: number | undefined;
    }
  /** GitHub's counts went on without it for longer than the confirmation window: no longer demand, still shown. */
  | { readonly kind: "doubted"; readonly sinceMs: number };

export function isUnfinished(job: Job): boolean {
  return job.state.kind !== "completed" && job.state.kind !== "doubted";
}
