import type { GitHubModel } from "../../simulator/github/model/github-model.ts";
import type { Job } from "../../simulator/github/model/records.ts";
import { Refusal } from "../../simulator/github/model/refusal.ts";
import { worldRepository } from "../composition.ts";
import type { JobPlan, Scenario } from "../seed/scenario.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { SeededRandom } from "../time/seeded-random.ts";

interface FedJob {
  readonly plan: JobPlan;
  readonly job: Job;
  cancelled: boolean;
  /** The last minute in which its pool had no room or something was wrong. */
  heldAtMs: number;
}

/** Queues the scenario's jobs at their time and knows what became of them. */
export class JobFeed {
  readonly #scenario: Scenario;
  readonly #model: GitHubModel;
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #fed = new Map<string, FedJob>();
  readonly #open = new Set<FedJob>();

  constructor(scenario: Scenario, model: GitHubModel, scheduler: Scheduler, random: SeededRandom) {
    this.#scenario = scenario;
    this.#model = model;
    this.#scheduler = scheduler;
    this.#random = random;
  }

  begin(): void {
    const startMs = this.#scheduler.nowMs;
    for (const [index, plan] of this.#scenario.jobs.entries()) {
      this.#scheduler.at(startMs + plan.atMs, () => this.#queue(index, plan));
    }
  }

  durationMs(jobId: string): number {
    return this.#fed.get(jobId)?.plan.durationMs ?? 1_000;
  }

  /** A job that is not over yet, in words. */
  unfinished(): string | undefined {
    if (this.#fed.size < this.#scenario.jobs.length) return "not all jobs are queued yet";
    for (const fed of this.#openJobs())
      return `job ${fed.job.spec.jobId} of ${fed.job.spec.name} is ${fed.job.phase.kind}`;
    return undefined;
  }

  /** A job that ended without a runner although nobody cancelled it. Its assignment lapsing under trouble is GitHub's verdict. */
  lostJob(): string | undefined {
    const troubled = this.#scenario.faults.length > 0;
    for (const { job, cancelled } of this.#fed.values()) {
      if (job.phase.kind !== "completed" || job.phase.runner !== undefined || cancelled || troubled) continue;
      return `job ${job.spec.jobId} ended (${job.phase.conclusion}) and no runner ever took it`;
    }
    return undefined;
  }

  /** A job that waits longer than the bound with neither trouble nor a full pool as its excuse. Called once a minute. */
  overdue(boundMs: number, lastTroubleMs: number, isFull: (pool: number) => boolean): string | undefined {
    const nowMs = this.#scheduler.nowMs;
    for (const fed of this.#openJobs()) {
      if (fed.job.phase.kind === "running" || isFull(fed.plan.pool)) fed.heldAtMs = nowMs;
      const sinceMs = Math.max(fed.heldAtMs, lastTroubleMs);
      if (nowMs - sinceMs < boundMs) continue;
      return `job ${fed.job.spec.jobId} of ${fed.job.spec.labels.join()} is ${fed.job.phase.kind} for ${Math.round((nowMs - sinceMs) / 60_000)} minutes`;
    }
    return undefined;
  }

  #openJobs(): Set<FedJob> {
    for (const fed of this.#open) if (fed.job.phase.kind === "completed") this.#open.delete(fed);
    return this.#open;
  }

  #queue(index: number, plan: JobPlan): void {
    const pool = this.#scenario.pools[plan.pool]?.name ?? this.#scenario.pools[0]?.name ?? "";
    const jobId = `${index.toString(16).padStart(8, "0")}-0000-4000-8000-${this.#random.bits().toString(16).padStart(12, "0")}`;
    const job = this.#model.queueJob({
      jobId,
      restJobId: index + 1,
      runId: 1_000 + index,
      attempt: 1,
      repository: worldRepository,
      name: `job ${index}`,
      labels: [pool],
      runnerGroup: undefined,
      workflowName: "world",
      workflowRef: `${worldRepository}/.github/workflows/world.yml@refs/heads/main`,
      event: "push",
      actor: "world",
      timeoutMinutes: 360,
      durationMs: plan.durationMs,
      fromWorkflow: false,
    });
    const fed: FedJob = { plan, job, cancelled: false, heldAtMs: this.#scheduler.nowMs };
    this.#fed.set(jobId, fed);
    this.#open.add(fed);
    if (plan.cancelAfterMs === undefined) return;
    this.#scheduler.after(plan.cancelAfterMs, () => {
      if (job.phase.kind === "completed") return;
      fed.cancelled = true;
      try {
        this.#model.cancelJob(jobId);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    });
  }
}
