import type { QueueAnswer } from "./records.ts";

/** What the model tells the world around it, in the order in which it happened. */
export type Effect =
  /** The parked queue poll with this ticket is over. */
  | { readonly kind: "poll-settled"; readonly ticket: number; readonly answer: QueueAnswer }
  /** A job waits for this online runner to take it; wake its poll, or look with `offerFor`. */
  | { readonly kind: "job-offered"; readonly runnerId: number; readonly jobId: string }
  /** The runner did not take the job in time, or the job went away. */
  | { readonly kind: "offer-withdrawn"; readonly runnerId: number; readonly jobId: string }
  /** The job should be cancelled by its runner; look with `cancellationFor`. */
  | { readonly kind: "cancel-requested"; readonly runnerId: number; readonly jobId: string }
  | { readonly kind: "job-started"; readonly runnerId: number; readonly jobId: string }
  | { readonly kind: "job-completed"; readonly jobId: string; readonly runnerId: number | undefined }
  /** The registration is gone: the job is over, or somebody removed it. */
  | { readonly kind: "runner-gone"; readonly runnerId: number };
