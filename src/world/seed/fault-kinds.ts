/**
 * Every kind of trouble that a seed may draw. The F-numbers are those of the platform's own faults; the others are the machine's,
 * the provider's and our own.
 */
export const faultKinds = [
  "F1-busy-lags",
  "F5-runner-hangs-after-job",
  "F9-cancelled-slot-lingers",
  "F10-assignment-lapses",
  "F11-messages-cut",
  "F12-session-conflict",
  "F13-scale-set-vanishes",
  "F22-tokens-expire-early",
  "F23-poll-hangs-or-is-empty",
  "F24-answer-lost",
  "github-unreachable",
  "github-fails",
  "launch-fails",
  "launch-answer-lost",
  "provider-full",
  "stop-fails",
  "list-fails",
  "list-stale",
  "boot-fails",
  "boot-never-ends",
  "runner-dies-idle",
  "runner-dies-at-work",
  "registration-forgotten",
  "controller-crashes",
  "controller-restarts",
  "journal-fails",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Trouble that delays no job: while only these are on, every promise about time holds as in peace. */
export const harmlessFaults: ReadonlySet<FaultKind> = new Set([
  "F1-busy-lags",
  "F22-tokens-expire-early",
  "journal-fails",
]);

/** The controller's own trouble, and what changes nothing about an orderly stop. */
export const ownFaults: ReadonlySet<FaultKind> = new Set([
  "F1-busy-lags",
  "controller-crashes",
  "controller-restarts",
  "journal-fails",
]);

/** One trouble of one seed. */
export interface FaultPlan {
  readonly kind: FaultKind;
  readonly startMs: number;
  readonly endMs: number;
  /** How often it strikes where it can, from 0 to 1. */
  readonly weight: number;
}
