import { jobAvailable } from "./job-messages.ts";
import type { JobQueue, Lane } from "./job-queue.ts";
import type { JobLife } from "./job-life.ts";
import type { Kernel } from "./kernel.ts";
import type { Job, Poll, Runner, ScaleSet } from "./records.ts";
import type { Runners } from "./runners.ts";
import type { Tenant, Tenants } from "./tenants.ts";

/** Ends a poll; told to the caller or as an effect. */
type SettlePoll = (poll: Poll, answer: NonNullable<Poll["answer"]>) => void;

/**
 * Brings jobs, scale sets, runners and polls together. A command only touches what it changes; everything touched is looked
 * at once before the command ends, so that what belongs together becomes one message.
 */
export class Dispatch {
  readonly #kernel: Kernel;
  readonly #tenants: Tenants;
  readonly #queue: JobQueue;
  readonly #runners: Runners;
  readonly #settlePoll: SettlePoll;
  /** Scale sets with a parked poll: the only ones that a new job can reach. */
  readonly polling = new Set<ScaleSet>();

  constructor(kernel: Kernel, tenants: Tenants, queue: JobQueue, runners: Runners, settlePoll: SettlePoll) {
    this.#kernel = kernel;
    this.#tenants = tenants;
    this.#queue = queue;
    this.#runners = runners;
    this.#settlePoll = settlePoll;
  }

  /** A job entered the queue. */
  queued(job: Job): void {
    for (const scaleSet of this.polling) {
      if (this.#serves(scaleSet, job)) this.#kernel.touched.add(scaleSet);
    }
  }

  /** Looks at everything that was touched, until nothing is left to do. */
  run(jobs: JobLife): void {
    for (const scaleSet of this.#kernel.touched) {
      // Deleting first lets the work below touch the same scale set again.
      this.#kernel.touched.delete(scaleSet);
      if (!scaleSet.deleted) this.#look(scaleSet, jobs);
    }
    this.#serveLooseRunners(jobs);
  }

  #look(scaleSet: ScaleSet, jobs: JobLife): void {
    const capacity = capacityOf(scaleSet);
    if (capacity !== undefined) {
      if (this.#kernel.flavour.assignment === "auto") this.#assign(scaleSet, capacity, jobs);
      else this.#offerToScaleSet(scaleSet, capacity);
    }
    this.#pair(scaleSet, jobs);
    this.#flush(scaleSet);
    const session = scaleSet.session;
    if (session === undefined || session.polls.size === 0) return;
    for (const poll of session.polls) {
      const message = scaleSet.log.firstAfter(poll.lastMessageId);
      if (message !== undefined) {
        this.#settlePoll(poll, { kind: "message", message, statistics: scaleSet.statistics() });
      }
    }
  }

  #assign(scaleSet: ScaleSet, capacity: number, jobs: JobLife): void {
    while (scaleSet.assigned.size < capacity) {
      const job = this.#queue.oldest((lane) => this.#serves(scaleSet, lane.sample));
      if (job === undefined) return;
      jobs.assign(job, scaleSet);
    }
  }

  #offerToScaleSet(scaleSet: ScaleSet, capacity: number): void {
    const session = scaleSet.session;
    if (session === undefined) return;
    const acquireJobUrl = `${session.origin}${servicePath(this.#kernel.flavour.servicePath, scaleSet.tenant)}/_apis/runtime/runnerscalesets/${scaleSet.id}/acquirejobs`;
    while (scaleSet.offers.size + scaleSet.assigned.size < capacity) {
      const job = this.#queue.oldest(
        (lane: Lane) => this.#serves(scaleSet, lane.sample),
        (candidate) => scaleSet.offers.has(candidate.spec.jobId),
      );
      if (job === undefined) return;
      scaleSet.offers.set(job.spec.jobId, job);
      job.offeredTo.add(scaleSet);
      jobAvailable(scaleSet, job, acquireJobUrl);
    }
  }

  #pair(scaleSet: ScaleSet, jobs: JobLife): void {
    for (const job of scaleSet.waiting.values()) {
      const runner = oldestFree(scaleSet.idle.values());
      if (runner === undefined) return;
      jobs.offer(job, runner);
    }
  }

  #serveLooseRunners(jobs: JobLife): void {
    if (this.#runners.looseIdle.size === 0) return;
    for (const runner of this.#runners.looseIdle) {
      if (runner.offered !== undefined) continue;
      const job = this.#queue.oldest(
        (lane) => this.#fits(runner, lane.sample),
        (candidate) => candidate.offer !== undefined,
      );
      if (job !== undefined) jobs.offer(job, runner);
    }
  }

  /** Turns the job messages of this evaluation into queue messages. */
  #flush(scaleSet: ScaleSet): void {
    const { pending } = scaleSet;
    if (pending.length === 0) return;
    const max = this.#kernel.behaviour.messageJobsMax ?? this.#kernel.limits.messageJobsMax;
    if (pending.length <= max) {
      scaleSet.log.append(`[${pending.map((element) => element.json).join(",")}]`);
    } else {
      // Beyond the limit offers always go on in the next message; the rest is cut off, as GitHub does, unless told otherwise.
      const rest = pending.slice(max);
      const kept =
        this.#kernel.behaviour.truncation === "split" ? rest : rest.filter(({ type }) => type === "JobAvailable");
      const elements = [...pending.slice(0, max), ...kept];
      for (let start = 0; start < elements.length; start += max) {
        const part = elements.slice(start, start + max);
        scaleSet.log.append(`[${part.map((element) => element.json).join(",")}]`);
      }
    }
    pending.length = 0;
  }

  #serves(scaleSet: ScaleSet, job: Job): boolean {
    const known = scaleSet.servesLane.get(job.laneKey);
    if (known !== undefined) return known;
    const labels = new Set(scaleSet.labels.map((label) => label.name.toLowerCase()));
    const serves =
      this.#tenants.covers(scaleSet.tenant, job.spec.repository) &&
      isInGroup(scaleSet.tenant, scaleSet.groupId, job) &&
      this.#tenants.groupServes(scaleSet.tenant, scaleSet.groupId, job.spec.repository) &&
      job.spec.labels.every((label) => labels.has(label.toLowerCase()));
    if (scaleSet.servesLane.size > 1000) scaleSet.servesLane.clear();
    scaleSet.servesLane.set(job.laneKey, serves);
    return serves;
  }

  #fits(runner: Runner, job: Job): boolean {
    return (
      this.#tenants.covers(runner.tenant, job.spec.repository) &&
      isInGroup(runner.tenant, runner.spec.groupId, job) &&
      this.#tenants.groupServes(runner.tenant, runner.spec.groupId, job.spec.repository) &&
      runner.hasLabels(job.spec.labels)
    );
  }

  /** Whether a job of the queue may go to a scale set that asks for it by number. */
  mayAcquire(scaleSet: ScaleSet, job: Job): boolean {
    return job.phase.kind === "queued" && this.#serves(scaleSet, job);
  }
}

/** Path of the Actions Service for a tenant, without a slash at its end. */
export function servicePath(template: string, tenant: Tenant): string {
  return template.replace("{tenant}", String(tenant.number)).replace(/\/$/, "");
}

function isInGroup(tenant: Tenant, groupId: number, job: Job): boolean {
  const wanted = job.spec.runnerGroup;
  return wanted === undefined || tenant.groups.get(groupId)?.name.toLowerCase() === wanted.toLowerCase();
}

/** The capacity of the polls being held; it lapses with them. */
function capacityOf(scaleSet: ScaleSet): number | undefined {
  let capacity: number | undefined;
  for (const poll of scaleSet.session?.polls ?? []) {
    if (capacity === undefined || poll.capacity > capacity) capacity = poll.capacity;
  }
  return capacity;
}

function oldestFree(idle: Iterable<Runner>): Runner | undefined {
  let oldest: Runner | undefined;
  for (const runner of idle) {
    if (runner.offered === undefined && (oldest === undefined || runner.id < oldest.id)) oldest = runner;
  }
  return oldest;
}
