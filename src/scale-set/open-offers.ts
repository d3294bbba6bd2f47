import type { JobAvailable, JobMessage } from "./messages.ts";

/** More open offers than this are not remembered: a new session has them offered again. */
const maxOpenOffers = 1_000;

/** Jobs that were offered and neither acquired nor lost. An offer is made once a session, so it must not be forgotten. */
export class OpenOffers {
  readonly #offers = new Map<number, JobAvailable>();

  /** Notes the offers of a message, and drops those of which it says that they are over. */
  take(jobs: readonly JobMessage[]): void {
    for (const job of jobs) {
      if (job.messageType !== "JobAvailable") this.#dropJob(job.jobId);
      else if (job.runnerRequestId > 0 && this.#offers.size < maxOpenOffers) this.#offers.set(job.runnerRequestId, job);
    }
  }

  all(): readonly JobAvailable[] {
    return [...this.#offers.values()];
  }

  has(runnerRequestId: number): boolean {
    return this.#offers.has(runnerRequestId);
  }

  /** These were asked for and answered, won or lost. */
  settle(runnerRequestIds: readonly number[]): void {
    for (const id of runnerRequestIds) this.#offers.delete(id);
  }

  clear(): void {
    this.#offers.clear();
  }

  #dropJob(jobId: string): void {
    if (jobId === "") return;
    for (const [id, offer] of this.#offers) if (offer.jobId === jobId) this.#offers.delete(id);
  }
}
