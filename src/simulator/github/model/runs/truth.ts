import { refName } from "./run-event.ts";
import type { JobConclusion, JobRow, JobStatus, Run, RunConclusion, StepRow } from "./run.ts";

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

/** One workflow run. */
export interface RunTruth {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  readonly repository: string;
  readonly workflow: string;
  readonly path: string;
  /** The `run-name`, or what stands for it. */
  readonly title: string;
  readonly event: string;
  readonly actor: string;
  readonly branch: string;
  readonly sha: string;
  readonly status: Run["status"];
  readonly conclusion: RunConclusion | null;
  /** Why the run ended without running any job, or null. */
  readonly problem: string | null;
  readonly createdAt: string | null;
  readonly completedAt: string | null;
}

export function runTruth(run: Run): RunTruth {
  return {
    id: run.id,
    number: run.number,
    attempt: run.attempt,
    repository: run.repository,
    workflow: run.workflow.name,
    path: run.workflow.path,
    title: run.title,
    event: run.event.name,
    actor: run.event.actor,
    branch: refName(run.event.ref),
    sha: run.event.sha,
    status: run.status,
    conclusion: run.conclusion,
    problem: run.problem ?? null,
    createdAt: instant(run.createdAtMs),
    completedAt: instant(run.completedAtMs),
  };
}

function instant(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
