/** A step as its runner last described it. */
export interface StepProgress {
  readonly externalId: string;
  readonly number: number;
  readonly name: string;
  readonly status: "pending" | "in_progress" | "completed";
  readonly conclusion: "success" | "failure" | "cancelled" | "skipped" | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

/** One entry of `WorkflowStepsUpdate`, as it arrived. */
export interface StepUpdate {
  readonly externalId: string;
  readonly number: number;
  readonly name: string;
  readonly conclusion: number;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

const jobsMax = 2_000;
const stepsMax = 1_000;

/** How far the steps of each job are. */
export class StepBook {
  readonly #jobs = new Map<string, Map<string, { readonly order: number; readonly step: StepProgress }>>();

  /** Merges changed steps by id. `changeOrder` ascends; an update that was overtaken by a later one is ignored. */
  update(jobId: string, changeOrder: number, updates: readonly StepUpdate[]): void {
    const steps = this.#jobs.get(jobId) ?? new Map<string, { order: number; step: StepProgress }>();
    // The job heard of longest ago stands first and is forgotten first.
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, steps);
    for (const update of updates.slice(0, stepsMax)) {
      const known = steps.get(update.externalId);
      if (known !== undefined && known.order > changeOrder) continue;
      if (known === undefined && steps.size >= stepsMax) continue;
      steps.set(update.externalId, { order: changeOrder, step: progressOf(update) });
    }
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size <= jobsMax) return;
      this.#jobs.delete(oldest);
    }
  }

  /** The steps of a job in the order of their numbers. */
  steps(jobId: string): readonly StepProgress[] {
    return [...(this.#jobs.get(jobId)?.values() ?? [])].map((entry) => entry.step).sort((a, b) => a.number - b.number);
  }
}

/** The two known runners use different numbers for the same status, so the status is read from what both agree on. */
function progressOf(update: StepUpdate): StepProgress {
  const conclusion = conclusions[update.conclusion] ?? null;
  const completed = update.completedAt !== null || conclusion !== null;
  return {
    externalId: update.externalId,
    number: update.number,
    name: update.name,
    status: completed ? "completed" : update.startedAt === null ? "pending" : "in_progress",
    conclusion,
    startedAt: update.startedAt,
    completedAt: update.completedAt,
  };
}

const conclusions: Readonly<Record<number, StepProgress["conclusion"]>> = {
  2: "success",
  3: "failure",
  4: "cancelled",
  7: "skipped",
};
