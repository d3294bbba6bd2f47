import type { Kernel } from "./kernel.ts";
import { jobAssigned, jobCompleted, jobStarted } from "./job-messages.ts";
import type { JobQueue } from "./job-queue.ts";
import type { JobRegistry } from "./job-registry.ts";
import { type Conclusion, Job, type JobSpec, type Runner, type ScaleSet, type StepOutcome } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { Runners } from "./runners.ts";

/** What the end of a job says. */
export interface JobEnd {
  readonly conclusion: Conclusion;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly StepOutcome[];
}

/** Told about the life of jobs; the workflow engine continues its runs with it. */
export interface JobListener {
  assigned(job: Job): void;
  /** The assignment came to nothing; the job waits again. */
  unassigned(job: Job): void;
  started(job: Job, runner: Runner): void;
  completed(job: Job, end: JobEnd): void;
}

/** The life of a job: queued, assigned, taken, renewed, over. Every change keeps the scale set's numbers in step. */
export class JobLife {
  readonly #kernel: Kernel;
  readonly #queue: JobQueue;
  readonly #runners: Runners;
  readonly #registry: JobRegistry;
  readonly #onQueued: (job: Job) => void;
  #listener: JobListener = {
    assigned: () => undefined,
    unassigned: () => undefined,
    started: () => undefined,
    completed: () => undefined,
  };
  #lastRequestId = 0;

  constructor(options: {
    readonly kernel: Kernel;
    readonly queue: JobQueue;
    readonly registry: JobRegistry;
    readonly runners: Runners;
    /** A job entered the queue, for the first time or again. */
    readonly onQueued: (job: Job) => void;
  }) {
    this.#kernel = options.kernel;
    this.#queue = options.queue;
    this.#registry = options.registry;
    this.#runners = options.runners;
    this.#onQueued = options.onQueued;
  }

  listen(listener: JobListener): void {
    this.#listener = listener;
  }

  add(spec: JobSpec): Job {
    let requestId = 0;
    if (this.#kernel.flavour.numbersRequests) {
      this.#lastRequestId += 1;
      requestId = this.#lastRequestId;
    }
    const job = new Job(spec, this.#kernel.nowMs(), requestId);
    this.#registry.add(job);
    this.#enqueue(job);
    return job;
  }

  /** Gives a queued job to a scale set, where it waits for a runner. */
  assign(job: Job, scaleSet: ScaleSet): void {
    this.#queue.remove(job);
    this.#withdrawOffer(job);
    this.#lapseOffers(job);
    const nowMs = this.#kernel.nowMs();
    const waitMs = this.#kernel.behaviour.assignTimeoutMs(job) ?? this.#kernel.limits.assignTimeoutMs;
    job.assignments += 1;
    job.phase = {
      kind: "assigned",
      scaleSet,
      assignedAtMs: nowMs,
      deadline: this.#kernel.after(waitMs, () => this.#takeBack(job)),
    };
    scaleSet.assigned.set(job.spec.jobId, job);
    scaleSet.waiting.set(job.spec.jobId, job);
    jobAssigned(scaleSet, job, nowMs);
    this.#kernel.touched.add(scaleSet);
    this.#listener.assigned(job);
  }

  /** Holds a job out to a free online runner. */
  offer(job: Job, runner: Runner): void {
    job.offer = {
      runner,
      deadline: this.#kernel.after(this.#kernel.limits.offerTimeoutMs, () => this.#withdrawOffer(job)),
    };
    runner.offered = job;
    if (job.phase.kind === "assigned") job.phase.scaleSet.waiting.delete(job.spec.jobId);
    this.#kernel.emit({ kind: "job-offered", runnerId: runner.id, jobId: job.spec.jobId });
  }

  /** Takes back what is held out to a runner; the job waits for the next one. */
  withdrawFrom(runner: Runner): void {
    if (runner.offered !== undefined) this.#withdrawOffer(runner.offered);
  }

  /**
   * A runner takes the job held out to it. Repeating the call by the same runner gives the same job again.
   *
   * @throws {Refusal} "job-not-found": unknown, over, or not held out to this runner; "job-taken": another runner has it.
   */
  take(runner: Runner, jobId: string): Job {
    const job = this.#registry.find(jobId);
    if (job === undefined) throw new Refusal("job-not-found", "job not found");
    if (job.phase.kind === "running") {
      if (job.phase.runner === runner) return job;
      throw new Refusal("job-taken", "job already acquired by another runner");
    }
    if (job.offer?.runner !== runner) throw new Refusal("job-not-found", "job not found");
    const nowMs = this.#kernel.nowMs();
    job.offer.deadline.cancel();
    job.offer = undefined;
    runner.offered = undefined;
    let scaleSet: ScaleSet | undefined;
    let assignedAtMs: number | undefined;
    if (job.phase.kind === "assigned") {
      ({ scaleSet, assignedAtMs } = job.phase);
      job.phase.deadline.cancel();
      scaleSet.runningCount += 1;
      jobStarted(scaleSet, job, runner, { assignedAtMs, runnerAssignedAtMs: nowMs });
    } else {
      this.#queue.remove(job);
      this.#lapseOffers(job);
    }
    job.phase = { kind: "running", scaleSet, assignedAtMs, runner, startedAtMs: nowMs };
    this.#runners.clearIdle(runner);
    runner.phase = { kind: "busy", job, sinceMs: nowMs, connected: true };
    runner.lastJobId = job.spec.jobId;
    if (runner.scaleSet !== undefined) runner.scaleSet.busyCount += 1;
    this.#extendLease(job);
    this.#kernel.emit({ kind: "job-started", runnerId: runner.id, jobId: job.spec.jobId });
    this.#listener.started(job, runner);
    return job;
  }

  /** Extends the lease of a running job; returns its new end. @throws {Refusal} "job-not-found": it is not running. */
  renew(jobId: string): number {
    const job = this.#registry.find(jobId);
    if (job?.phase.kind !== "running") throw new Refusal("job-not-found", "job not found");
    this.#extendLease(job);
    return job.leaseUntilMs;
  }

  /**
   * Ends a running job as its runner reports. A job that is over stays as it ended, so a repeated report is harmless.
   *
   * @throws {Refusal} "job-not-found": unknown, or no runner took it.
   */
  finish(jobId: string, end: JobEnd): Job {
    const job = this.#registry.find(jobId);
    if (job === undefined) throw new Refusal("job-not-found", "job not found");
    if (job.phase.kind === "completed") return job;
    if (job.phase.kind !== "running") throw new Refusal("job-not-found", "job not found");
    this.#end(job, end);
    return job;
  }

  /** Asks for the end of a job: at once when no runner has it, through its runner otherwise. */
  cancel(job: Job): void {
    if (job.phase.kind === "completed" || job.cancelRequested) return;
    if (job.phase.kind === "running") {
      const { runner } = job.phase;
      job.cancelDeadline = this.#kernel.after(this.#kernel.limits.cancelForceMs, () =>
        this.#end(job, { conclusion: "cancelled" }),
      );
      this.#kernel.emit({ kind: "cancel-requested", runnerId: runner.id, jobId: job.spec.jobId });
      return;
    }
    if (this.#kernel.behaviour.cancelledJobLingers(job)) this.#linger(job);
    this.#end(job, { conclusion: "cancelled" });
  }

  /** Stops showing cancelled jobs as if they waited. */
  settleLingering(scaleSets: Iterable<ScaleSet>): void {
    for (const scaleSet of scaleSets) this.#settleLingeringOf(scaleSet);
    for (const job of this.#registry.finished()) job.lingers = false;
  }

  #settleLingeringOf(scaleSet: ScaleSet): void {
    for (const job of scaleSet.lingeringAssigned.values()) {
      const assignedAtMs = job.phase.kind === "completed" ? job.phase.assignedAtMs : undefined;
      jobCompleted(scaleSet, job, "canceled", undefined, { assignedAtMs, finishedAtMs: this.#kernel.nowMs() });
    }
    scaleSet.lingeringAssigned.clear();
    scaleSet.lingeringAvailable.clear();
    this.#kernel.touched.add(scaleSet);
  }

  /** Gives the jobs of a scale set that is going away back to the queue; running ones stay with their runners. */
  releaseAll(scaleSet: ScaleSet): void {
    for (const job of [...scaleSet.assigned.values()]) {
      if (job.phase.kind !== "assigned") continue;
      job.phase.deadline.cancel();
      this.#withdrawOffer(job);
      this.#leave(scaleSet, job);
      this.#enqueue(job);
      this.#listener.unassigned(job);
    }
    for (const job of scaleSet.offers.values()) job.offeredTo.delete(scaleSet);
    scaleSet.offers.clear();
  }

  #enqueue(job: Job): void {
    job.phase = { kind: "queued" };
    this.#queue.add(job);
    this.#onQueued(job);
  }

  #takeBack(job: Job): void {
    if (job.phase.kind !== "assigned") return;
    const { scaleSet, assignedAtMs } = job.phase;
    this.#withdrawOffer(job);
    this.#leave(scaleSet, job);
    jobCompleted(scaleSet, job, "canceled", undefined, { assignedAtMs, finishedAtMs: this.#kernel.nowMs() });
    this.#kernel.touched.add(scaleSet);
    const waits = this.#kernel.limits.reassignWaitsMs;
    const isLast = job.assignments >= waits.length;
    job.phase = { kind: "delayed" };
    this.#listener.unassigned(job);
    this.#kernel.after(waits[job.assignments - 1] ?? 0, () => {
      if (job.phase.kind !== "delayed") return;
      if (isLast) this.#end(job, { conclusion: "failure" });
      else this.#enqueue(job);
    });
  }

  #withdrawOffer(job: Job): void {
    const { offer } = job;
    if (offer === undefined) return;
    offer.deadline.cancel();
    offer.runner.offered = undefined;
    job.offer = undefined;
    if (job.phase.kind === "assigned") {
      job.phase.scaleSet.waiting.set(job.spec.jobId, job);
      this.#kernel.touched.add(job.phase.scaleSet);
    }
    this.#kernel.emit({ kind: "offer-withdrawn", runnerId: offer.runner.id, jobId: job.spec.jobId });
  }

  #lapseOffers(job: Job): void {
    for (const scaleSet of job.offeredTo) {
      scaleSet.offers.delete(job.spec.jobId);
      this.#kernel.touched.add(scaleSet);
    }
    job.offeredTo.clear();
  }

  #extendLease(job: Job): void {
    job.leaseDeadline?.cancel();
    job.leaseUntilMs = this.#kernel.nowMs() + this.#kernel.limits.jobLeaseMs;
    // The runner has not been heard of for a whole lease: GitHub calls this "lost communication" and fails the job.
    job.leaseDeadline = this.#kernel.deadlines.at(job.leaseUntilMs, () => this.#end(job, { conclusion: "failure" }));
  }

  #leave(scaleSet: ScaleSet, job: Job): void {
    scaleSet.assigned.delete(job.spec.jobId);
    scaleSet.waiting.delete(job.spec.jobId);
  }

  #linger(job: Job): void {
    job.lingers = true;
    if (job.phase.kind === "assigned") job.phase.scaleSet.lingeringAssigned.set(job.spec.jobId, job);
    for (const scaleSet of job.offeredTo) scaleSet.lingeringAvailable.set(job.spec.jobId, job);
  }

  #end(job: Job, end: JobEnd): void {
    const { phase } = job;
    if (phase.kind === "completed") return;
    const nowMs = this.#kernel.nowMs();
    this.#withdrawOffer(job);
    this.#lapseOffers(job);
    job.leaseDeadline?.cancel();
    job.cancelDeadline?.cancel();
    let runner: Runner | undefined;
    switch (phase.kind) {
      case "queued":
        this.#queue.remove(job);
        break;
      case "delayed":
        break;
      case "assigned": {
        phase.deadline.cancel();
        this.#leave(phase.scaleSet, job);
        const { scaleSet, assignedAtMs } = phase;
        if (!scaleSet.lingeringAssigned.has(job.spec.jobId)) {
          jobCompleted(scaleSet, job, resultOf(end.conclusion), undefined, { assignedAtMs, finishedAtMs: nowMs });
        }
        this.#kernel.touched.add(scaleSet);
        break;
      }
      case "running": {
        runner = phase.runner;
        const { scaleSet } = phase;
        if (scaleSet !== undefined) {
          this.#leave(scaleSet, job);
          scaleSet.runningCount -= 1;
          jobCompleted(scaleSet, job, resultOf(end.conclusion), runner, {
            assignedAtMs: phase.assignedAtMs,
            runnerAssignedAtMs: phase.startedAtMs,
            finishedAtMs: nowMs,
          });
          this.#kernel.touched.add(scaleSet);
        }
        break;
      }
      default:
        phase satisfies never;
    }
    job.phase = {
      kind: "completed",
      conclusion: end.conclusion,
      completedAtMs: nowMs,
      assignedAtMs: phase.kind === "assigned" || phase.kind === "running" ? phase.assignedAtMs : undefined,
      startedAtMs: phase.kind === "running" ? phase.startedAtMs : undefined,
      runner,
      outputs: end.outputs ?? {},
      steps: end.steps ?? [],
    };
    this.#kernel.emit({ kind: "job-completed", jobId: job.spec.jobId, runnerId: runner?.id });
    if (runner !== undefined) this.#release(runner);
    this.#registry.finish(job);
    this.#listener.completed(job, end);
  }

  /** The runner's job is over: an ephemeral one loses its registration, another one is free again. */
  #release(runner: Runner): void {
    if (runner.phase.kind !== "busy") return;
    const { connected } = runner.phase;
    if (runner.scaleSet !== undefined) runner.scaleSet.busyCount -= 1;
    if (runner.spec.ephemeral) this.#runners.forget(runner);
    else if (connected) this.#runners.setIdle(runner);
    else runner.phase = { kind: "registered" };
  }
}

function resultOf(conclusion: Conclusion): "succeeded" | "failed" | "canceled" | "skipped" {
  switch (conclusion) {
    case "success":
      return "succeeded";
    case "failure":
    case "timed_out":
      return "failed";
    case "cancelled":
      return "canceled";
    case "skipped":
      return "skipped";
    default:
      return conclusion satisfies never;
  }
}
