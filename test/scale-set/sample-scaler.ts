import type { JobMessage } from "../../src/scale-set/messages.ts";
import { desiredRunnerCount } from "../../src/scale-set/statistics.ts";

/** The smallest program that scales by a scale set: starts runners up to the desired count and notes what happens to them. */
export class SampleScaler {
  readonly runners = new Map<string, "idle" | "busy">();
  readonly desired: number[] = [];
  /** Every runner that was ever started. */
  startedCount = 0;
  minRunners = 0;
  maxRunners: number;

  constructor(maxRunners = 10) {
    this.maxRunners = maxRunners;
  }

  /** Idempotent: a repeated event changes nothing, one about an unknown runner is nobody's. */
  apply(job: JobMessage): void {
    if (job.messageType === "JobStarted" && this.runners.has(job.runnerName)) this.runners.set(job.runnerName, "busy");
    if (job.messageType === "JobCompleted") this.runners.delete(job.runnerName);
  }

  scaleTo(assignedJobs: number): number {
    const { minRunners, maxRunners } = this;
    const count = desiredRunnerCount({ minRunners, maxRunners, assignedJobs });
    this.desired.push(count);
    while (this.runners.size < count) this.runners.set(`runner-${++this.startedCount}`, "idle");
    return this.runners.size;
  }
}
