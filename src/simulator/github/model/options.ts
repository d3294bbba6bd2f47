/** How jobs reach a scale set: the service assigns them, or offers them and waits to be asked. */
export type AssignmentMode = "auto" | "acquire";

/**
 * What differs between github.com and a GitHub Enterprise Server, as data.
 *
 * @see scale set wire specification, sections 9.2 and 9.5
 */
export interface Flavour {
  readonly name: "dotcom" | "ghes";
  readonly assignment: AssignmentMode;
  /** Path of the Actions Service below the origin; `{tenant}` is the tenant's number. */
  readonly servicePath: string;
  /** One queue path for all scale sets, told apart by the token; or one path per scale set and session. */
  readonly queuePath: "shared" | "per-scale-set";
  readonly firstMessageId: number;
  /** Whether jobs carry a request id of their own; without it the id is 0. */
  readonly numbersRequests: boolean;
  /** Whether a scale set may have labels other than its name. Without it they are dropped without a word. */
  readonly customLabels: boolean;
  /** Whether answers carry an `ActivityId` header. */
  readonly activityIds: boolean;
}

export const flavours: Readonly<Record<Flavour["name"], Flavour>> = {
  dotcom: {
    name: "dotcom",
    assignment: "auto",
    servicePath: "/rest",
    queuePath: "shared",
    firstMessageId: 100_000_001,
    numbersRequests: false,
    customLabels: true,
    activityIds: false,
  },
  ghes: {
    name: "ghes",
    assignment: "acquire",
    servicePath: "/tenant/{tenant}/",
    queuePath: "per-scale-set",
    firstMessageId: 1,
    numbersRequests: true,
    customLabels: true,
    activityIds: true,
  },
};

/** Times and limits of the service. Durations in milliseconds. */
export interface ServiceLimits {
  /** How long a queue poll is held when there is nothing to say. */
  readonly pollWindowMs: number;
  /** A session without any request for this long is abandoned; a parked poll keeps it. */
  readonly sessionAbandonMs: number;
  readonly adminTokenMs: number;
  readonly queueTokenMs: number;
  readonly registrationTokenMs: number;
  readonly installationTokenMs: number;
  /** An assigned job that no runner took within this time is taken back. */
  readonly assignTimeoutMs: number;
  /** Wait after the first, second, ... assignment that nobody took; after the last one the job fails. */
  readonly reassignWaitsMs: readonly number[];
  /** A runner that was offered a job and did not take it within this time loses the offer. */
  readonly offerTimeoutMs: number;
  /** A running job without renewal for this long is failed. */
  readonly jobLeaseMs: number;
  /** A running job whose cancellation had no effect for this long is ended by force. */
  readonly cancelForceMs: number;
  /** Job messages in one queue message. */
  readonly messageJobsMax: number;
  /** Undeleted messages of one scale set; beyond it the oldest is lost. */
  readonly messagesMax: number;
  /** Finished jobs and gone runners that are remembered. */
  readonly historyMax: number;
}

export const defaultLimits: ServiceLimits = {
  pollWindowMs: 50_000,
  sessionAbandonMs: 75_000,
  adminTokenMs: 60 * 60_000,
  queueTokenMs: 50 * 60_000,
  registrationTokenMs: 60 * 60_000,
  installationTokenMs: 60 * 60_000,
  assignTimeoutMs: 300_000,
  reassignWaitsMs: [0, 30_000, 60_000],
  offerTimeoutMs: 60_000,
  jobLeaseMs: 10 * 60_000,
  cancelForceMs: 5 * 60_000,
  messageJobsMax: 50,
  messagesMax: 10_000,
  historyMax: 20_000,
};
