import type { JobConclusion, JobRow, JobStatus, StepRow } from "./run.ts";

/** One execution of a job as the simulator's truth shows it. Instants as RFC 3339, or null. */
export interface JobTruth {
  readonly id: string;
  readonly restJobId: number;
  readonly run: number;
  readonly workflow: string;
  readonly name: string;
  readonly runsOn: readonly string[];
  readonly status: JobStatus;
  readonly conclusion: JobConclusion | null;
  readonly runner: string | null;
  readonly attempt: number;
  readonly steps: readonly StepRow[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly queuedAt: string | null;
  readonly assignedAt: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

export function jobTruth(row: JobRow): JobTruth {
  return {
    id: row.jobId,
    restJobId: row.restJobId,
    run: row.node.run.id,
    workflow: row.node.run.workflow.name,
    name: row.name,
    runsOn: row.labels,
    status: row.status,
    conclusion: row.conclusion,
    runner: row.runner,
    attempt: row.attempt,
    steps: row.steps,
    outputs: row.outputs,
    queuedAt: instant(row.queuedAtMs),
    assignedAt: instant(row.assignedAtMs),
    startedAt: instant(row.startedAtMs),
    completedAt: instant(row.completedAtMs),
  };
}

function instant(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
