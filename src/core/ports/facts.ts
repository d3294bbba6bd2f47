/** One workflow job as GitHub names it. The key is `jobId`; it survives re-assignment. */
export interface JobIdentity {
  readonly jobId: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly workflowRunId: number;
  /** As GitHub shows it, matrix suffix included. */
  readonly displayName: string;
  readonly workflowRef: string;
  readonly event: string;
  readonly labels: readonly string[];
  /** Instants as GitHub told them; undefined where GitHub told none. */
  readonly queuedAtMs: number | undefined;
  readonly assignedAtMs: number | undefined;
}

/** The seven counts of a scale set, as of the moment they were received. */
export interface StatisticsFact {
  readonly kind: "statistics";
  readonly available: number;
  readonly acquired: number;
  /** Assigned and unfinished: waiting plus running. */
  readonly assigned: number;
  readonly running: number;
  readonly registered: number;
  readonly busy: number;
  readonly idle: number;
}

/** What a witness said about jobs. Facts may be doubled, late or missing; the ledger applies them idempotently. */
export type Fact =
  | StatisticsFact
  | { readonly kind: "job-available"; readonly job: JobIdentity }
  | { readonly kind: "job-assigned"; readonly job: JobIdentity }
  | {
      readonly kind: "job-started";
      readonly job: JobIdentity;
      readonly runner: string;
      readonly startedAtMs: number | undefined;
    }
  | {
      readonly kind: "job-completed";
      readonly job: JobIdentity;
      /** Lower case as GitHub says it: succeeded, failed, canceled, skipped, abandoned... */
      readonly result: string;
      /** Undefined when no runner ever took it. */
      readonly runner: string | undefined;
      readonly finishedAtMs: number | undefined;
    };
