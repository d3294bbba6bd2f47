/** A job that may be given to a runner now. */
export interface ReadyJob {
  /** GUID under which runners and the queue know the job. */
  readonly jobId: string;
  /** Integer under which the REST interface knows it. */
  readonly restJobId: number;
  readonly runId: number;
  readonly attempt: number;
  /** Owner and name. */
  readonly repository: string;
  /** The display name. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly runnerGroup?: string;
  readonly workflowName: string;
  readonly workflowRef: string;
  readonly event: string;
  readonly actor: string;
  readonly timeoutMinutes: number;
}

/** What the queue has to do, in this order. */
export type RunEffect =
  | { readonly kind: "job-ready"; readonly job: ReadyJob }
  /** Withdraw the job if no runner has it, else have its runner cancel it. A withdrawn job is over; nothing needs to be reported. */
  | { readonly kind: "job-cancel"; readonly jobId: string }
  /** The job ended without ever being ready. */
  | { readonly kind: "job-skipped"; readonly jobId: string };
