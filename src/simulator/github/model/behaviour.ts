import type { Job } from "./records.ts";
import type { Runner } from "./records.ts";

/**
 * Ways in which the service misbehaves, as switches that faults turn. The defaults are the service on a good day; every
 * switch is looked at where it acts, so turning one back heals at once.
 */
export interface Behaviour {
  /** For how long after its job began a runner still reads as idle. */
  busyLagMs: (runner: Runner) => number;
  /** Tokens are refused this long after they were issued, whatever their `exp` says. */
  tokenLifetimeCapMs: number;
  /** Overrides the limit of the same name for a job. */
  assignTimeoutMs: (job: Job) => number | undefined;
  /** Overrides the limit of the same name. */
  messageJobsMax: number | undefined;
  /** What happens to job messages beyond the limit of one queue message. Offers always continue in the next one. */
  truncation: "drop" | "split";
  /** Whether removing an unknown runner is refused instead of confirmed. */
  removeUnknownRunnerRefused: boolean;
  /** Whether deleting an unknown message is refused instead of confirmed. */
  deleteUnknownMessageRefused: boolean;
  /** Whether a refreshed queue token ends the life of the tokens before it. */
  refreshRevokesOlderTokens: boolean;
  /** How a dead session answers. */
  deadSessionAnswer: "expired" | "evicted";
  /** For how long the scale set stays taken after its session was deleted. */
  sessionHeldAfterDeleteMs: number;
  /** Whether a job that is cancelled before a runner took it goes on being counted. */
  cancelledJobLingers: (job: Job) => boolean;
  /** Whether this runner's process should stay when its job is over. Asked by whoever plays the runner. */
  runnerHangsAfterJob: (runner: Runner) => boolean;
}

export function soundBehaviour(): Behaviour {
  return {
    busyLagMs: () => 0,
    tokenLifetimeCapMs: Number.POSITIVE_INFINITY,
    assignTimeoutMs: () => undefined,
    messageJobsMax: undefined,
    truncation: "drop",
    removeUnknownRunnerRefused: false,
    deleteUnknownMessageRefused: false,
    refreshRevokesOlderTokens: false,
    deadSessionAnswer: "expired",
    sessionHeldAfterDeleteMs: 0,
    cancelledJobLingers: () => false,
    runnerHangsAfterJob: () => false,
  };
}
