import type { GitHubModel } from "./github-model.ts";
import type { Job, Runner } from "./records.ts";
import type { Runs } from "./runs/runs.ts";

/** One job as it really is, whatever a client believes. Instants as RFC 3339, or null. */
export interface JobTruthRow {
  readonly id: string;
  readonly restJobId: number;
  readonly run: number;
  readonly workflow: string;
  readonly name: string;
  readonly runsOn: readonly string[];
  /** waiting, pending, queued, assigned, in_progress or completed. */
  readonly status: string;
  readonly conclusion: string | null;
  readonly runner: string | null;
  readonly attempt: number;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly queuedAt: string | null;
  readonly assignedAt: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

export interface RunnerTruthRow {
  readonly name: string;
  /** The scale set's name; null for a runner that was registered by other means. */
  readonly pool: string | null;
  readonly registeredAt: string;
  readonly goneAt: string | null;
}

export interface Truth {
  readonly jobs: readonly JobTruthRow[];
  readonly runners: readonly RunnerTruthRow[];
}

/** Everything that happened. Jobs of workflow files come first, then raw ones. */
export function truthOf(model: GitHubModel, runs: Runs | undefined): Truth {
  const raw: JobTruthRow[] = [];
  for (const job of model.jobs.all()) if (!job.spec.fromWorkflow) raw.push(rawJobTruth(job));
  return { jobs: [...(runs?.jobs() ?? []), ...raw], runners: [...model.runners.ever()].map(runnerTruth) };
}

/** One job of the truth by GUID or REST number. */
export function jobTruthOf(model: GitHubModel, runs: Runs | undefined, id: string): JobTruthRow | undefined {
  const key = /^\d+$/.test(id) ? Number(id) : id.toLowerCase();
  const row = runs?.job(key);
  if (row !== undefined) return row;
  const job = model.jobs.find(key);
  return job === undefined || job.spec.fromWorkflow ? undefined : rawJobTruth(job);
}

export function rawJobTruth(job: Job): JobTruthRow {
  const { spec, phase } = job;
  const isOver = phase.kind === "completed";
  const runner = phase.kind === "running" || isOver ? phase.runner : undefined;
  return {
    id: spec.jobId,
    restJobId: spec.restJobId,
    run: spec.runId,
    workflow: spec.workflowName,
    name: spec.name,
    runsOn: spec.labels,
    status: statusOf(job),
    conclusion: isOver ? phase.conclusion : null,
    runner: runner?.name ?? null,
    attempt: spec.attempt,
    steps: isOver ? phase.steps.map(({ name, conclusion }) => ({ name, conclusion })) : [],
    outputs: isOver ? phase.outputs : {},
    queuedAt: instant(job.queuedAtMs),
    assignedAt: instant("assignedAtMs" in phase ? phase.assignedAtMs : undefined),
    startedAt: instant("startedAtMs" in phase ? phase.startedAtMs : undefined),
    completedAt: instant(isOver ? phase.completedAtMs : undefined),
  };
}

function statusOf(job: Job): string {
  const { phase } = job;
  switch (phase.kind) {
    case "queued":
    case "delayed":
      return "queued";
    case "assigned":
      return "assigned";
    case "running":
      return "in_progress";
    case "completed":
      return "completed";
    default:
      return phase satisfies never;
  }
}

function runnerTruth(runner: Runner): RunnerTruthRow {
  return {
    name: runner.name,
    pool: runner.scaleSet?.name ?? null,
    registeredAt: new Date(runner.registeredAtMs).toISOString(),
    goneAt: instant(runner.phase.kind === "gone" ? runner.phase.goneAtMs : undefined),
  };
}

function instant(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
