import type { GitHubModel } from "../model/github-model.ts";
import type { Job } from "../model/records.ts";
import { stableId } from "../model/runs/event-payload.ts";
import { type JobTruthRow, rawJobTruth } from "../model/truth.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";
import { accountView, minimalRepository, nodeId, restBase } from "./account-views.ts";

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
  readonly createdAt: string | null;
  readonly attempt: number;
  /** The workflow file, below the repository. */
  readonly path: string;
  readonly view: (origin: string) => Readonly<Record<string, unknown>>;
}

/** The runs of a repository, newest first: those of workflow files and those of raw jobs. */
export function runsOf(model: GitHubModel, desk: WorkflowDesk, repository: string): RunView[] {
  const key = repository.toLowerCase();
  const runs: RunView[] = [];
  for (const run of desk.runs.runs()) {
    if (run.repository.toLowerCase() === key) runs.push(workflowRun(model, desk, run));
  }
  for (const job of model.jobs.all()) {
    if (!job.spec.fromWorkflow && job.spec.repository.toLowerCase() === key) runs.push(rawRun(model, job));
  }
  return runs.sort((a, b) => b.id - a.id);
}

export function runOf(model: GitHubModel, desk: WorkflowDesk, runId: number): RunView | undefined {
  const run = desk.runs.run(runId);
  if (run !== undefined) return workflowRun(model, desk, run);
  const job = model.jobs.findByRunId(runId);
  return job === undefined ? undefined : rawRun(model, job);
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

function workflowRun(model: GitHubModel, desk: WorkflowDesk, run: WorkflowRun): RunView {
  const status = run.status === "completed" ? "completed" : (leastAdvanced(desk.runs.jobsOfRun(run.id)) ?? run.status);
  return runView(model, { ...run, status, updatedAt: run.completedAt ?? run.createdAt });
}

function rawRun(model: GitHubModel, job: Job): RunView {
  const { spec } = job;
  const truth = rawJobTruth(job);
  return runView(model, {
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

function runView(model: GitHubModel, run: RunFacts): RunView {
  return {
    ...run,
    createdAtMs: Date.parse(run.createdAt ?? ""),
    view: (origin) => {
      const api = `${restBase(origin)}/repos/${run.repository}`;
      const url = `${api}/actions/runs/${run.id}`;
      const suite = suiteId(run);
      const actor = accountView(origin, run.actor, "User");
      const known = model.tenants.repository(run.repository);
      const repository = known === undefined ? { full_name: run.repository } : minimalRepository(origin, known);
      return {
        id: run.id,
        node_id: nodeId("WFR", run.id),
        name: run.workflow,
        display_title: run.title,
        run_number: run.number,
        run_attempt: run.attempt,
        previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
        event: run.event,
        status: run.status,
        conclusion: run.conclusion,
        path: run.path,
        workflow_id: workflowIdOf(run.repository, run.path),
        check_suite_id: suite,
        check_suite_node_id: nodeId("CS", suite),
        head_branch: run.branch,
        head_sha: run.sha,
        head_commit: {
          id: run.sha,
          tree_id: run.sha,
          message: run.title,
          timestamp: wholeSeconds(run.createdAt),
          author: { name: run.actor, email: `${run.actor}@users.noreply.github.com` },
          committer: { name: run.actor, email: `${run.actor}@users.noreply.github.com` },
        },
        actor,
        triggering_actor: actor,
        pull_requests: [],
        referenced_workflows: [],
        created_at: wholeSeconds(run.createdAt),
        updated_at: wholeSeconds(run.updatedAt),
        run_started_at: wholeSeconds(run.createdAt),
        url,
        html_url: `${origin}/${run.repository}/actions/runs/${run.id}`,
        jobs_url: `${url}/jobs`,
        logs_url: `${url}/logs`,
        artifacts_url: `${url}/artifacts`,
        cancel_url: `${url}/cancel`,
        rerun_url: `${url}/rerun`,
        check_suite_url: `${api}/check-suites/${suite}`,
        workflow_url: `${api}/actions/workflows/${workflowIdOf(run.repository, run.path)}`,
        repository,
        head_repository: repository,
      };
    },
  };
}

/** The number under which GitHub keeps a workflow file: one for each path of a repository. */
export function workflowIdOf(repository: string, path: string): number {
  return stableId(`${repository.toLowerCase()}/${path}`);
}

/** Each run has one check suite; here both count alike. */
function suiteId(run: { readonly id: number }): number {
  return run.id;
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
  run: RunView,
  origin: string,
): Readonly<Record<string, unknown>> {
  const queued = model.jobs.find(job.id);
  const lingers = queued?.lingers ?? false;
  const phase = queued?.phase;
  const runner = phase?.kind === "running" || phase?.kind === "completed" ? phase.runner : undefined;
  const api = `${restBase(origin)}/repos/${run.repository}`;
  // Both instants are texts in GitHub's schema: a job that nobody has started shows when it came to be.
  const createdAt = wholeSeconds(job.queuedAt ?? run.createdAt);
  return {
    id: job.restJobId,
    node_id: nodeId("CR", job.restJobId),
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
    head_branch: run.branch,
    head_sha: run.sha,
    created_at: createdAt,
    started_at: wholeSeconds(job.startedAt) ?? createdAt,
    completed_at: lingers ? null : wholeSeconds(job.completedAt),
    steps: stepViews(job),
    url: `${api}/actions/jobs/${job.restJobId}`,
    run_url: `${api}/actions/runs/${job.run}`,
    check_run_url: `${api}/check-runs/${job.restJobId}`,
    html_url: `${origin}/${run.repository}/actions/runs/${job.run}/job/${job.restJobId}`,
  };
}

/** The first step without a conclusion is the one that runs; those behind it wait. */
function stepViews(job: JobTruthRow): Readonly<Record<string, unknown>>[] {
  const running = job.status === "in_progress" ? job.steps.findIndex((step) => step.conclusion === null) : -1;
  return job.steps.map(({ name, conclusion }, index) => ({
    name,
    number: index + 1,
    status: conclusion !== null ? "completed" : index === running ? "in_progress" : "queued",
    conclusion,
  }));
}

function wholeSeconds(instant: string | null): string | null {
  return instant === null ? null : `${instant.slice(0, 19)}Z`;
}
