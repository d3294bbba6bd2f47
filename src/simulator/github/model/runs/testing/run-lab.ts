import type { JobMessage } from "../job-message.ts";
import type { ReadyJob, RunEffect } from "../run-effect.ts";
import { type Push, type PushResult, Runs, type RunsOptions } from "../runs.ts";

/** How a job ends in a test: its conclusion, and what it puts out. */
export type Outcome = string | { readonly conclusion?: string; readonly outputs?: Readonly<Record<string, string>> };

/** A repository whose jobs end as the test says: no service, no runner, no time but the test's. */
export class RunLab {
  readonly runs: Runs;
  nowMs = Date.parse("2026-03-01T12:00:00Z");
  /** Jobs that a runner could take, oldest first. */
  ready: ReadyJob[] = [];
  /** Names of jobs that the queue was told to cancel. */
  readonly cancelled: string[] = [];
  readonly skipped: string[] = [];

  constructor(options: Partial<RunsOptions> = {}) {
    let state = 42;
    const random = {
      next: () => {
        state = (state * 16_807) % 2_147_483_647;
        return state / 2_147_483_647;
      },
    };
    this.runs = new Runs({ clock: { nowMs: () => this.nowMs }, random, ...options });
  }

  /** Pushes one workflow file, or files by path. */
  push(files: string | Readonly<Record<string, string>>, push: Partial<Push> = {}): PushResult {
    const byPath = typeof files === "string" ? { ".github/workflows/ci.yml": files } : files;
    const result = this.runs.push({
      repository: "acme/widgets",
      files: Object.entries(byPath).map(([path, text]) => ({ path, text })),
      ...push,
    });
    this.take(result.effects);
    return result;
  }

  take(effects: readonly RunEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "job-ready") {
        this.ready.push(effect.job);
      } else {
        this.ready = this.ready.filter((job) => job.jobId !== effect.jobId);
        const name = this.runs.job(effect.jobId)?.name ?? "";
        (effect.kind === "job-cancel" ? this.cancelled : this.skipped).push(name);
      }
    }
  }

  get readyNames(): readonly string[] {
    return this.ready.map((job) => job.name);
  }

  /** A runner takes the job and does not end it. */
  start(name: string): ReadyJob {
    const job = this.ready.find((each) => each.name === name);
    if (job === undefined) throw new Error(`No job ${name} is ready; ready are: ${this.readyNames.join(", ")}`);
    this.ready = this.ready.filter((each) => each !== job);
    this.take(this.runs.jobStarted(job.jobId, { runner: "runner-1", atMs: this.nowMs }));
    return job;
  }

  end(job: Pick<ReadyJob, "jobId">, outcome: Outcome = "success"): void {
    const { conclusion = "success", outputs = {} } = typeof outcome === "string" ? { conclusion: outcome } : outcome;
    this.take(this.runs.jobCompleted(job.jobId, { conclusion, outputs, atMs: this.nowMs }));
  }

  finish(name: string, outcome: Outcome = "success"): void {
    this.end(this.start(name), outcome);
  }

  /** Runs every job that becomes ready, in turn; the test says how those end that do not succeed. */
  finishAll(outcomes: Readonly<Record<string, Outcome>> = {}): void {
    for (let job = this.ready[0]; job !== undefined; job = this.ready[0]) this.finish(job.name, outcomes[job.name]);
  }

  /** Each job of the truth as `name: conclusion`, or its status while it is open. */
  get table(): readonly string[] {
    return this.runs.jobs().map((job) => `${job.name}: ${job.conclusion ?? job.status}`);
  }

  conclusion(runId = 1): string | null | undefined {
    return this.runs.run(runId)?.conclusion;
  }

  message(name: string): JobMessage {
    const job = this.runs.jobs().findLast((each) => each.name === name);
    const message =
      job &&
      this.runs.buildMessage(job.id, {
        serviceUrl: "http://127.0.0.1:4000/",
        tokens: { job: "e30.e30.secret-job-token", github: "secret-github-token" },
        lockedUntilMs: this.nowMs + 600_000,
      });
    if (message === undefined) throw new Error(`No job ${name}`);
    return message;
  }
}

/** A workflow file for `push` and `workflow_dispatch` with these jobs; each job gets `runs-on` and a step if it has none. */
export function workflowOf(
  jobs: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  root: object = {},
): string {
  const filled = Object.fromEntries(
    Object.entries(jobs).map(([id, job]) => [id, { "runs-on": "linux", steps: [{ run: "true" }], ...job }]),
  );
  // JSON is YAML.
  return JSON.stringify({ name: "CI", on: ["push", "workflow_dispatch"], ...root, jobs: filled });
}
