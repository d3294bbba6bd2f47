import type { Job } from "./records.ts";

/** Queued jobs that are interchangeable for matching, oldest first. */
export interface Lane {
  readonly key: string;
  /** Any job that was ever in the lane: it stands for all in questions of matching. */
  readonly sample: Job;
  readonly jobs: Map<string, Job>;
}

/** The jobs that wait for a scale set or a runner, in lanes by repository, group and labels. */
export class JobQueue {
  readonly #lanes = new Map<string, Lane>();
  #order = 0;

  add(job: Job): Lane {
    let lane = this.#lanes.get(job.laneKey);
    if (lane === undefined) {
      lane = { key: job.laneKey, sample: job, jobs: new Map() };
      this.#lanes.set(job.laneKey, lane);
    }
    this.#order += 1;
    job.queueOrder = this.#order;
    lane.jobs.set(job.spec.jobId, job);
    return lane;
  }

  remove(job: Job): void {
    const lane = this.#lanes.get(job.laneKey);
    lane?.jobs.delete(job.spec.jobId);
    if (lane?.jobs.size === 0) this.#lanes.delete(lane.key);
  }

  /** The oldest job among the lanes that `serves` accepts, not counting those `skip` names. */
  oldest(serves: (lane: Lane) => boolean, skip?: (job: Job) => boolean): Job | undefined {
    let found: Job | undefined;
    for (const lane of this.#lanes.values()) {
      const head = firstOf(lane.jobs, skip);
      if (head === undefined || (found !== undefined && found.queueOrder < head.queueOrder)) continue;
      if (serves(lane)) found = head;
    }
    return found;
  }
}

function firstOf(jobs: Map<string, Job>, skip: ((job: Job) => boolean) | undefined): Job | undefined {
  for (const job of jobs.values()) {
    if (skip === undefined || !skip(job)) return job;
  }
  return undefined;
}
