import type { Strategy } from "../../workflow/strategy.ts";
import type { TemplateToken } from "../../workflow/tokens.ts";
import type { Value, ValueRecord } from "../../workflow/value.ts";
import type { JobDefinition, Workflow } from "../../workflow/workflow.ts";
import type { Deadline } from "../deadlines.ts";
import type { Claimant } from "./concurrency-groups.ts";
import type { RunEvent } from "./run-event.ts";

/** How a job ended, in GitHub's words. */
export type JobConclusion = "success" | "failure" | "cancelled" | "skipped";

export type RunConclusion = JobConclusion;

/**
 * Where a job stands: `waiting` for other jobs or for `max-parallel`, `pending` on a concurrency group, `queued` for a
 * runner, and so on.
 */
export type JobStatus = "waiting" | "pending" | "queued" | "assigned" | "in_progress" | "completed";

/** One step as it is shown. */
export interface StepRow {
  readonly name: string;
  readonly conclusion: string | null;
}

/** One workflow run; a re-run is another attempt of the same run. */
export interface Run {
  readonly id: number;
  readonly number: number;
  readonly repository: string;
  readonly workflow: Workflow;
  readonly event: RunEvent;
  readonly createdAtMs: number;
  attempt: number;
  /** GUID of the attempt, under which runners report all its jobs. */
  planId: string;
  title: string;
  status: "pending" | "in_progress" | "completed";
  conclusion: RunConclusion | null;
  /** Why the run ended without running, or undefined. */
  problem: string | undefined;
  cancelRequested: boolean;
  /** The `github` context without what differs from job to job. */
  github: ValueRecord;
  /** The jobs of the latest attempt, in the order of the file. */
  nodes: ReadonlyMap<string, JobNode>;
  /** The jobs of the attempts before. */
  earlier: ReadonlyMap<string, JobNode>[];
  openNodes: number;
  claim: { readonly key: string; readonly claimant: Claimant } | undefined;
  completedAtMs: number | undefined;
}

/** One entry of `jobs` in one attempt: the place where needs, matrix and fail-fast meet. */
export interface JobNode {
  readonly run: Run;
  readonly definition: JobDefinition;
  readonly dependents: JobNode[];
  /** The executions of this attempt, and those kept from an earlier one. */
  rows: JobRow[];
  /** The matrix combinations to run again; undefined: all, as the strategy gives them. */
  again: readonly JobRow[] | undefined;
  openNeeds: number;
  openRows: number;
  /** Rows that `max-parallel` still holds back. */
  held: JobRow[];
  /** Rows that count against `max-parallel`. */
  readonly active: Set<JobRow>;
  strategy: Strategy | undefined;
  failFastDone: boolean;
  result: JobConclusion | undefined;
  outputs: Record<string, string>;
}

/** One execution of a job: a row of the truth. */
export interface JobRow {
  readonly jobId: string;
  readonly restJobId: number;
  readonly attempt: number;
  readonly node: JobNode;
  readonly createdAtMs: number;
  name: string;
  labels: readonly string[];
  runnerGroup: string | undefined;
  timeoutMinutes: number;
  continueOnError: boolean;
  matrix: Value;
  strategy: ValueRecord;
  environment: { readonly name: string; readonly url: TemplateToken | undefined } | undefined;
  /** The `needs` context as it was when the job became ready. */
  needs: ValueRecord;
  status: JobStatus;
  conclusion: JobConclusion | null;
  /** Why the job ended without a runner's report, or undefined. */
  problem: string | undefined;
  runner: string | null;
  queuedAtMs: number | undefined;
  assignedAtMs: number | undefined;
  startedAtMs: number | undefined;
  completedAtMs: number | undefined;
  cancelAsked: boolean;
  /** When `timeout-minutes` is over. */
  deadline: Deadline | undefined;
  outputs: Readonly<Record<string, string>>;
  /** One id for each step of the definition, in its order. */
  stepIds: readonly string[];
  steps: readonly StepRow[];
  claim: { readonly key: string; readonly claimant: Claimant } | undefined;
}

/** What counts for other jobs: a failure that `continue-on-error` forgives is a success. */
export function effectiveConclusion(row: JobRow): JobConclusion {
  if (row.conclusion === "failure" && row.continueOnError) return "success";
  return row.conclusion ?? "success";
}

/** The one conclusion of several jobs: a failure outweighs a cancellation, and that a success. */
export function combinedConclusion(conclusions: readonly JobConclusion[]): JobConclusion {
  if (conclusions.includes("failure")) return "failure";
  if (conclusions.includes("cancelled")) return "cancelled";
  return conclusions.length > 0 && conclusions.every((each) => each === "skipped") ? "skipped" : "success";
}
