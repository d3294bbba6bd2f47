import type { GitHubModel } from "./github-model.ts";
import type { Job, Runner } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { JobEnd } from "./job-life.ts";
import type { RunEffect } from "./runs/run-effect.ts";
import type { Push, PushResult, Runs } from "./runs/runs.ts";
import { WorkflowShelf } from "./workflow-shelf.ts";

/**
 * Connects workflow runs with the queue: jobs that are ready are queued, and what becomes of them is told to their run,
 * which may make the next ones ready.
 */
export class WorkflowDesk {
  readonly runs: Runs;
  /** The workflow files that were pushed so far. */
  readonly shelf = new WorkflowShelf();
  readonly #model: GitHubModel;
  #armedMs: number | undefined;
  #disarm: () => void = () => undefined;

  constructor(model: GitHubModel, runs: Runs) {
    this.#model = model;
    this.runs = runs;
    model.listenToJobs({
      assigned: (job) => this.#told(job, () => runs.jobAssigned(job.spec.jobId)),
      unassigned: (job) => this.#told(job, () => runs.jobUnassigned(job.spec.jobId)),
      started: (job, runner) => this.#started(job, runner),
      completed: (job, end) => this.#completed(job, end),
    });
  }

  /** Starts the runs that a push or another event asks for. Jobs of files with errors do not appear. */
  push(push: Push): PushResult {
    this.shelf.keep(push.repository, push.files);
    const result = this.runs.push(push);
    this.#apply(result.effects);
    return result;
  }

  /**
   * Cancels a run, one of a raw job too.
   *
   * @throws {Refusal} "run-not-found"; "run-state-differs": it is over.
   */
  cancelRun(runId: number): void {
    const run = this.runs.run(runId);
    if (run !== undefined) {
      if (run.status === "completed") throw overAlready(runId);
      this.#apply(this.runs.cancelRun(runId));
      return;
    }
    const job = this.#rawJob(runId);
    if (job.phase.kind === "completed") throw overAlready(runId);
    this.#model.cancelJob(job.spec.jobId);
  }

  /** @throws {Refusal} "run-not-found"; "run-state-differs": it is not over, or nothing failed. */
  rerunFailed(runId: number): void {
    this.#rerun(runId, () => this.runs.rerunFailed(runId));
  }

  /** @throws {Refusal} "run-not-found"; "run-state-differs": it is not over. */
  rerunAll(runId: number): void {
    this.#rerun(runId, () => this.runs.rerunAll(runId));
  }

  #rerun(runId: number, rerun: () => readonly RunEffect[] | undefined): void {
    if (this.runs.run(runId) === undefined) {
      this.#rawJob(runId);
      throw new Refusal("run-state-differs", `Run ${runId} has no workflow file, so it cannot be run again.`);
    }
    const effects = rerun();
    if (effects === undefined) {
      throw new Refusal("run-state-differs", `Run ${runId} is not over yet, or it has no failed job to run again.`);
    }
    this.#apply(effects);
  }

  #rawJob(runId: number): Job {
    const job = this.#model.jobs.findByRunId(runId);
    if (job === undefined) throw new Refusal("run-not-found", "Not Found");
    return job;
  }

  #started(job: Job, runner: Runner): void {
    this.#told(job, () =>
      this.#apply(this.runs.jobStarted(job.spec.jobId, { runner: runner.name, atMs: this.#model.nowMs() })),
    );
  }

  #completed(job: Job, end: JobEnd): void {
    this.#told(job, () => this.#apply(this.runs.jobCompleted(job.spec.jobId, { ...end, atMs: this.#model.nowMs() })));
  }

  #told(job: Job, tell: () => void): void {
    if (job.spec.fromWorkflow) tell();
  }

  #apply(effects: readonly RunEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "job-ready":
          this.#model.queueJob({
            ...effect.job,
            runnerGroup: effect.job.runnerGroup,
            durationMs: undefined,
            script: undefined,
            fromWorkflow: true,
          });
          break;
        case "job-cancel":
          if (this.#model.jobs.find(effect.jobId) !== undefined) this.#model.cancelJob(effect.jobId);
          break;
        case "job-skipped":
          // It never reached the queue.
          break;
        default:
          effect satisfies never;
      }
    }
    this.#arm();
  }

  /** Keeps one deadline of the model on the next thing that a run waits for: a job that runs longer than it may. */
  #arm(): void {
    const nextMs = this.runs.nextDeadlineMs();
    if (nextMs === this.#armedMs) return;
    this.#disarm();
    this.#armedMs = nextMs;
    if (nextMs === undefined) return;
    this.#disarm = this.#model.schedule(nextMs, () => {
      this.#armedMs = undefined;
      this.#apply(this.runs.advance());
    });
  }
}

function overAlready(runId: number): Refusal {
  return new Refusal("run-state-differs", `Cannot cancel run ${runId}: it is over already.`);
}
