import type { StepProgress } from "../results/step-progress.ts";

/** A job that the service holds out to a runner, until it is acquired or taken back. */
export interface HeldOutJob {
  readonly jobId: string;
}

/**
 * What the runner side asks of the job queue. The queue decides (which runner gets which job, how long it is held out,
 * when a lease ends); the runner side carries the decision over the wire and brings back what the runner said.
 *
 * The queue in turn tells the runner side, through `RunnerSide.observe`, that a job is offered, withdrawn, cancelled or
 * that a runner is gone.
 */
export interface JobDesk {
  /** False once the registration is gone. */
  isRegistered(runnerId: number): boolean;
  /** The runner holds a session and waits for a job. Repeating it changes nothing. */
  runnerConnected(runnerId: number): void;
  /** Nothing was heard of the runner for too long, or it closed its session. */
  runnerDisconnected(runnerId: number): void;
  /** The job held out to this runner now. */
  offerFor(runnerId: number): HeldOutJob | undefined;
  /** The running job that this runner should cancel. */
  cancellationFor(runnerId: number): HeldOutJob | undefined;
  /**
   * The runner takes the job. For the runner that has it already this is no error.
   *
   * @returns "taken", or why not.
   */
  takeJob(runnerId: number, jobId: string): "taken" | "not-found" | "taken-by-another";
  /** Prolongs the job's lease; undefined when the job is over. @returns end of the lease, milliseconds since the epoch. */
  renewJob(jobId: string): number | undefined;
  /** What the runner has said about the job's steps so far, in the order of their numbers. */
  stepsChanged(jobId: string, steps: readonly StepProgress[]): void;
  /** The runner's report. A job that is over already stays as it is. */
  completeJob(jobId: string, report: JobReport): void;
  /** The plan a job belongs to; undefined when the job is unknown or makes no point of it. */
  planId(jobId: string): string | undefined;
  /** The job message as JSON-ready value, built for this runner; undefined when the job is unknown. */
  jobMessage(jobId: string, wire: JobMessageWire): Readonly<Record<string, unknown>> | undefined;
}

/** What a runner reported with `completejob`, in GitHub's words. */
export interface JobReport {
  readonly conclusion: "success" | "failure" | "cancelled" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** In the order of their numbers. */
  readonly steps: readonly StepReport[];
}

export interface StepReport {
  /** The id of the job message's step, or one that the runner made up for a step of its own. */
  readonly externalId: string;
  readonly number: number;
  readonly name: string;
  readonly conclusion: "success" | "failure" | "cancelled" | "skipped";
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

/** What only the wire knows and the job message must contain. */
export interface JobMessageWire {
  /** Ends in a slash. */
  readonly serviceBase: string;
  /** `ws://host:port/feed` */
  readonly feedUrl: string;
  readonly jobToken: string;
  /** `github.token` inside the job. */
  readonly gitHubToken: string;
  /** The plan id under which the job's logs and its completion arrive. */
  readonly planId: string;
  /** End of the first lease, milliseconds since the epoch. */
  readonly lockedUntilMs: number;
}
