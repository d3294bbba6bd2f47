import type { GitHubModel } from "../model/github-model.ts";
import type { Job } from "../model/records.ts";
import { type JobTruthRow, rawJobTruth } from "../model/truth.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";

/** A run with what lists filter by; `view` writes it. */
export interface RunView {
  readonly id: number;
  readonly repository: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly event: string;
  readonly branch: string;
  readonly actor: string;
  readonly sha: string;
  readonly createdAtMs: number;
  readonly view: (origin: string) => Readonly<Record<string, unknown>>;
}

/** The runs of a repository, newest first: those of workflow files and those of raw jobs. */
export function runsOf(model: GitHubModel, desk: WorkflowDesk, repository: string): RunView[] {
  const key = repository.toLowerCase();
  const runs: RunView[] = [];
  for (const run of desk.runs.runs()) {
    if (run.repository.toLowerCase() === key) runs.push(workflowRun(desk, run));
  }
  for (const job of model.jobs.all()) {
    if (!job.spec.fromWorkflow && job.spec.repository.toLowerCase() === key) runs.push(rawRun(job));
  }
  return runs.sort((a, b) => b.id - a.id);
}

export function runOf(model: GitHubModel, desk: WorkflowDesk, runId: number): RunView | undefined {
  const run = desk.runs.run(runId);
  if (run !== undefined) return workflowRun(desk, run);
  const job = model.jobs.findByRunId(runId);
  return job === undefined ? undefined : rawRun(job);
}

/** The jobs of a run: of its latest attempt, or of all. */
export function jobsOfRun(
  model: GitHubModel,
  desk: WorkflowDesk,
  runId: number,
  filter: "latest" | "all",
): JobTruthRow[] {
  const job = model.jobs.findByRunId(runId);
  if (job !== undefined) return [rawJobTruth(job)];
  if (filter === "latest") return [...desk.runs.jobsOfRun(runId)];
  return desk.runs.jobs().filter((row) => row.run === runId);
}

type WorkflowRun = NonNullable<ReturnType<WorkflowDesk["runs"]["run"]>>;

function workflowRun(desk: WorkflowDesk, run: WorkflowRun): RunView {
  const status = run.status === "completed" ? "completed" : (leastAdvanced(desk.runs.jobsOfRun(run.id)) ?? run.status);
  return runView({ ...run, status, updatedAt: run.completedAt ?? run.createdAt });
}

function rawRun(job: Job): RunView {
  const { spec } = job;
  const truth = rawJobTruth(job);
  return runView({
    id: spec.runId,
    number: spec.runId,
    attempt: spec.attempt,
    repository: spec.repository,
    workflow: spec.workflowName,
    path: ".github/workflows/raw.yml",
    title: spec.name,
    event: spec.event,
    branch: "main",
    actor: spec.actor,
    sha: "0".repeat(40),
    status: job.lingers ? "queued" : shownStatus(truth.status),
    conclusion: job.lingers ? null : truth.conclusion,
    createdAt: truth.queuedAt,
    updatedAt: truth.completedAt ?? truth.queuedAt,
  });
}

interface RunFacts {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  readonly repository: string;
  readonly workflow: string;
  readonly path: string;
  readonly title: string;
  readonly event: string;
  readonly branch: string;
  readonly actor: string;
  readonly sha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

function runView(run: RunFacts): RunView {
  return {
    ...run,
    createdAtMs: Date.parse(run.createdAt ?? ""),
    view: (origin) => {
      const url = `${origin}/api/v3/repos/${run.repository}/actions/runs/${run.id}`;
      return {
        id: run.id,
        name: run.workflow,
        display_title: run.title,
        run_number: run.number,
        run_attempt: run.attempt,
        event: run.event,
        status: run.status,
        conclusion: run.conclusion,
        path: run.path,
        head_branch: run.branch,
        head_sha: run.sha,
        actor: { login: run.actor },
        triggering_actor: { login: run.actor },
        created_at: wholeSeconds(run.createdAt),
        updated_at: wholeSeconds(run.updatedAt),
        run_started_at: wholeSeconds(run.createdAt),
        url,
        html_url: `${origin}/${run.repository}/actions/runs/${run.id}`,
        jobs_url: `${url}/jobs`,
        cancel_url: `${url}/cancel`,
        rerun_url: `${url}/rerun`,
        repository: { full_name: run.repository },
      };
    },
  };
}

/** A run reads like its least advanced job: one running and one queued job make a queued run. */
function leastAdvanced(jobs: readonly JobTruthRow[]): string | undefined {
  const open = jobs.filter((job) => job.status !== "completed").map((job) => shownStatus(job.status));
  for (const status of ["queued", "in_progress", "pending", "waiting"]) if (open.includes(status)) return status;
  return undefined;
}

/** GitHub does not tell "assigned" from "queued". */
function shownStatus(status: string): string {
  return status === "assigned" ? "queued" : status;
}

export function restJob(
  model: GitHubModel,
  job: JobTruthRow,
  repository: string,
  origin: string,
): Readonly<Record<string, unknown>> {
  const queued = model.jobs.find(job.id);
  const lingers = queued?.lingers ?? false;
  const phase = queued?.phase;
  const runner = phase?.kind === "running" || phase?.kind === "completed" ? phase.runner : undefined;
  const api = `${origin}/api/v3/repos/${repository}`;
  return {
    id: job.restJobId,
    run_id: job.run,
    run_attempt: job.attempt,
    name: job.name,
    workflow_name: job.workflow,
    status: lingers ? "queued" : shownStatus(job.status),
    conclusion: lingers ? null : job.conclusion,
    labels: job.runsOn,
    runner_id: runner?.id ?? null,
    runner_name: job.runner,
    runner_group_id: runner?.spec.groupId ?? null,
    runner_group_name: runner === undefined ? null : (runner.tenant.groups.get(runner.spec.groupId)?.name ?? null),
    created_at: wholeSeconds(job.queuedAt),
    started_at: wholeSeconds(job.startedAt),
    completed_at: lingers ? null : wholeSeconds(job.completedAt),
    steps: job.steps.map((step, index) => ({
      name: step.name,
      number: index + 1,
      status: step.conclusion === null ? "in_progress" : "completed",
      conclusion: step.conclusion,
    })),
    url: `${api}/actions/jobs/${job.restJobId}`,
    run_url: `${api}/actions/runs/${job.run}`,
    check_run_url: `${api}/check-runs/${job.restJobId}`,
    html_url: `${origin}/${repository}/actions/runs/${job.run}/job/${job.restJobId}`,
  };
}

function wholeSeconds(instant: string | null): string | null {
  return instant === null ? null : `${instant.slice(0, 19)}Z`;
}
