import type { ModelClock } from "../time-and-chance.ts";

/** Lines kept of one running job; older ones go first, because whoever watches wants the newest. */
const linesMax = 20_000;
const lineLengthMax = 1_024;
/** Jobs whose lines are kept. */
const jobsMax = 1_000;

/** What runners say while they work. Their uploaded logs replace it when the job is over. */
export class LiveConsole {
  readonly #clock: ModelClock;
  readonly #lines = new Map<string, string[]>();

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  /** Console lines come without a time, log lines with one; both are kept in the form of a log line. */
  append(jobId: string, lines: readonly string[]): void {
    const now = new Date(this.#clock.nowMs()).toISOString().replace("Z", "0000Z");
    const kept = this.#lines.get(jobId) ?? [];
    this.#lines.set(jobId, kept);
    for (const line of lines.slice(-linesMax)) {
      const text = line.slice(0, lineLengthMax);
      kept.push(startsWithTime.test(text) ? text : `${now} ${text}`);
    }
    if (kept.length > linesMax) kept.splice(0, kept.length - linesMax);
    for (const oldest of this.#lines.keys()) {
      if (this.#lines.size <= jobsMax) return;
      this.#lines.delete(oldest);
    }
  }

  text(jobId: string): string | undefined {
    const lines = this.#lines.get(jobId);
    return lines === undefined || lines.length === 0 ? undefined : `${lines.join("\n")}\n`;
  }
}

const startsWithTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z( |$)/;
