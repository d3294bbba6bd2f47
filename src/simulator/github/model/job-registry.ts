import type { Job } from "./records.ts";

/** Every job that is remembered, by each of its numbers. Finished ones are forgotten, the oldest first, beyond the bound. */
export class JobRegistry {
  readonly #finishedMax: number;
  readonly #byId = new Map<string, Job>();
  readonly #byRestId = new Map<number, Job>();
  readonly #rawByRunId = new Map<number, Job>();
  readonly #byRequestId = new Map<number, Job>();
  readonly #finished: Job[] = [];
  #lastRestJobId = 0;
  #lastRunId = 0;

  constructor(finishedMax: number) {
    this.#finishedMax = finishedMax;
  }

  /** Integers for the REST interface, one row of numbers for jobs with and without a workflow file. */
  nextRestJobId(): number {
    this.#lastRestJobId += 1;
    return this.#lastRestJobId;
  }

  nextRunId(): number {
    this.#lastRunId += 1;
    return this.#lastRunId;
  }

  /** By GUID, or by the integer of the REST interface. */
  find(id: string | number): Job | undefined {
    return typeof id === "number" ? this.#byRestId.get(id) : this.#byId.get(id.toLowerCase());
  }

  /** The one job of a run without a workflow file. */
  findByRunId(runId: number): Job | undefined {
    return this.#rawByRunId.get(runId);
  }

  findByRequestId(requestId: number): Job | undefined {
    return this.#byRequestId.get(requestId);
  }

  all(): IterableIterator<Job> {
    return this.#byId.values();
  }

  /** The jobs that are over, in the order of their ends. */
  finished(): readonly Job[] {
    return this.#finished;
  }

  add(job: Job): void {
    const { spec, requestId } = job;
    this.#byId.set(spec.jobId, job);
    this.#byRestId.set(spec.restJobId, job);
    if (!spec.fromWorkflow) this.#rawByRunId.set(spec.runId, job);
    if (requestId > 0) this.#byRequestId.set(requestId, job);
  }

  /** A job is over; room is made by forgetting the one that has been over for longest. */
  finish(job: Job): void {
    this.#finished.push(job);
    if (this.#finished.length <= this.#finishedMax) return;
    const oldest = this.#finished.shift();
    if (oldest === undefined) return;
    this.#byId.delete(oldest.spec.jobId);
    this.#byRestId.delete(oldest.spec.restJobId);
    this.#byRequestId.delete(oldest.requestId);
    if (!oldest.spec.fromWorkflow) this.#rawByRunId.delete(oldest.spec.runId);
  }
}
