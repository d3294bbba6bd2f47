import type { ModelClock } from "../time-and-chance.ts";

export interface ConsoleLimits {
  /** Characters kept of one job; older lines go first, because whoever watches wants the newest. */
  readonly jobMax: number;
  /** Characters kept of all jobs; the job that was heard of longest ago goes first. */
  readonly totalMax: number;
}

export const defaultConsoleLimits: ConsoleLimits = { jobMax: 4 * 1024 * 1024, totalMax: 64 * 1024 * 1024 };

const lineLengthMax = 1_024;

interface JobConsole {
  readonly lines: string[];
  size: number;
}

/** What runners say while they work. Their uploaded logs replace it when the job is over. */
export class LiveConsole {
  readonly #clock: ModelClock;
  readonly #limits: ConsoleLimits;
  /** The job heard of longest ago first. */
  readonly #jobs = new Map<string, JobConsole>();
  #totalSize = 0;

  constructor(clock: ModelClock, limits: Partial<ConsoleLimits> = {}) {
    this.#clock = clock;
    this.#limits = { ...defaultConsoleLimits, ...limits };
  }

  /** Console lines come without a time, log lines with one; both are kept in the form of a log line. */
  append(jobId: string, lines: readonly string[]): void {
    const now = new Date(this.#clock.nowMs()).toISOString().replace("Z", "0000Z");
    const heard = this.#jobs.get(jobId) ?? { lines: [], size: 0 };
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, heard);
    for (const line of lines) {
      const text = line.slice(0, lineLengthMax);
      const kept = startsWithTime.test(text) ? text : `${now} ${text}`;
      heard.lines.push(kept);
      this.#grow(heard, kept.length + 1);
    }
    let tooOld = 0;
    while (heard.size > this.#limits.jobMax) {
      this.#grow(heard, -(heard.lines[tooOld]?.length ?? 0) - 1);
      tooOld += 1;
    }
    heard.lines.splice(0, tooOld);
    for (const [oldest, { size }] of this.#jobs) {
      if (this.#totalSize <= this.#limits.totalMax || oldest === jobId) return;
      this.#totalSize -= size;
      this.#jobs.delete(oldest);
    }
  }

  text(jobId: string): string | undefined {
    const lines = this.#jobs.get(jobId)?.lines;
    return lines === undefined || lines.length === 0 ? undefined : `${lines.join("\n")}\n`;
  }

  #grow(heard: JobConsole, by: number): void {
    heard.size += by;
    this.#totalSize += by;
  }
}

const startsWithTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z( |$)/;
