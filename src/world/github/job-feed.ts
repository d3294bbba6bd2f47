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
  /** The last minute in which it ran, or its pool had no room. */
  heldAtMs: number;
}

/** What the feed asks about a job that ended badly or waits. */
export interface Excuses {
  /** Trouble that may delay a job was on at some moment of this span. */
  wasTroubled(fromMs: number, toMs: number): boolean;
  /** Its runner died of its own fate. */
  diedWith(jobId: string): boolean;
}

/** Trouble this long before a job still explains its wait: holds and back-offs run on after their cause. */
const aftermathMs = 20 * 60_000;
/** From the end of a job to the start of the next one in its place. */
const turnoverMs = 20_000;
/** A full pool that neither works everywhere nor has begun a job for this long is stuck, not full. */
const stuckMs = 5 * 60_000;

/** Queues the scenario's jobs at their time and knows what became of them. */
export class JobFeed {
  readonly #scenario: Scenario;
  readonly #model: GitHubModel;
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #fed = new Map<string, FedJob>();
  readonly #open = new Set<FedJob>();
  /** When a job of the pool was last seen to have begun or ended. */
  readonly #movedAtMs = new Map<number, number>();
  readonly #begun = new Set<FedJob>();
  readonly #retired = new Set<number>();

  constructor(scenario: Scenario, model: GitHubModel, scheduler: Scheduler, random: SeededRandom) {
    this.#scenario = scenario;
    this.#model = model;
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** The pool is no longer configured: its jobs that no runner has wait for nobody. */
  retire(pool: number): void {
    this.#retired.add(pool);
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

  /** How long the pool with most to do needs for what is queued, when all its places work. */
  backlogMs(): number {
    const perPool = new Map<number, number>();
    for (const { plan } of this.#openJobs()) {
      perPool.set(plan.pool, (perPool.get(plan.pool) ?? 0) + plan.durationMs + turnoverMs);
    }
    return Math.max(0, ...[...perPool].map(([pool, workMs]) => workMs / (this.#scenario.pools[pool]?.max ?? 1)));
  }

  /** A job that is not over yet, in words. */
  unfinished(): string | undefined {
    if (this.#fed.size < this.#scenario.jobs.length) return "not all jobs are queued yet";
    for (const fed of this.#openJobs())
      if (!this.#waitsForNobody(fed))
        return `job ${fed.job.spec.jobId} of ${fed.job.spec.name} is ${fed.job.phase.kind}`;
    return undefined;
  }

  /**
   * A job that did not succeed, although nobody cancelled it and nothing excuses it. There are two excuses: its runner truly died,
   * so that its lease expired; or GitHub gave it up after three assignments that lapsed under trouble.
   */
  lostJob(excuses: Excuses): string | undefined {
    for (const fed of this.#fed.values()) {
      const { job, cancelled } = fed;
      if (job.phase.kind !== "completed" || (job.phase.runner === undefined && this.#waitsForNobody(fed))) continue;
      const { conclusion, runner, completedAtMs } = job.phase;
      if (conclusion === "success" || (cancelled && conclusion === "cancelled")) continue;
      const id = `job ${job.spec.jobId} of ${job.spec.labels.join()}`;
      if (runner === undefined) {
        if (conclusion === "failure" && excuses.wasTroubled(job.queuedAtMs - aftermathMs, completedAtMs)) continue;
        return `${id} ended (${conclusion}) and no runner ever took it`;
      }
      if (conclusion === "failure" && excuses.diedWith(job.spec.jobId)) continue;
      return `${id} ended (${conclusion}) on ${runner.name}, which did not die`;
    }
    return undefined;
  }

  /** A job that waits longer than the bound with neither trouble nor a full pool as its excuse. Called once a minute. */
  overdue(
    boundMs: number,
    lastTroubleMs: number,
    placesOf: (pool: number) => { readonly live: number; readonly working: number; readonly max: number },
  ): string | undefined {
    const nowMs = this.#scheduler.nowMs;
    const held = new Map<number, boolean>();
    for (const fed of this.#open) this.#noteMovement(fed, nowMs);
    for (const fed of this.#openJobs()) {
      const { pool } = fed.plan;
      const isHeld = held.get(pool) ?? this.#isHeld(pool, placesOf, nowMs);
      held.set(pool, isHeld);
      if (fed.job.phase.kind === "running" || isHeld || this.#waitsForNobody(fed)) fed.heldAtMs = nowMs;
      const sinceMs = Math.max(fed.heldAtMs, lastTroubleMs);
      if (nowMs - sinceMs < boundMs) continue;
      return `job ${fed.job.spec.jobId} of ${fed.job.spec.labels.join()} is ${fed.job.phase.kind} for ${Math.round((nowMs - sinceMs) / 60_000)} minutes`;
    }
    return undefined;
  }

  #noteMovement(fed: FedJob, nowMs: number): void {
    const { kind } = fed.job.phase;
    if (kind === "completed" || (kind === "running" && !this.#begun.has(fed))) {
      this.#begun.add(fed);
      this.#movedAtMs.set(fed.plan.pool, nowMs);
    }
  }

  /** Whether the pool truly has no room: all its places are taken, and they work or change hands. */
  #isHeld(pool: number, placesOf: Parameters<JobFeed["overdue"]>[2], nowMs: number): boolean {
    const { live, working, max } = placesOf(pool);
    // A job whose runner died counts at GitHub until its lease lapses, and GitHub hands over no more than the pool's capacity.
    if (this.#runningAtGitHub(pool) >= max) return true;
    if (live < max) return false;
    return working >= max || nowMs - (this.#movedAtMs.get(pool) ?? Number.NEGATIVE_INFINITY) < stuckMs;
  }

  #runningAtGitHub(pool: number): number {
    let running = 0;
    for (const { plan, job } of this.#open) if (plan.pool === pool && job.phase.kind === "running") running += 1;
    return running;
  }

  #waitsForNobody({ plan, job }: FedJob): boolean {
    return this.#retired.has(plan.pool) && job.phase.kind !== "running";
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
