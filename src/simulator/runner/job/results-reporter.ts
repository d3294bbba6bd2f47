import type { JobResult } from "../exit-code.ts";
import { createLogUpload, type LogUpload } from "../log/log-upload.ts";
import type { RunnerClock } from "../runner-clock.ts";
import type { ConsoleFeed } from "../wire/console-feed.ts";
import { type ResultsClient, stepConclusion, stepStatus, type StepUpdate } from "../wire/results-client.ts";
import type { JobReporter } from "./job-reporter.ts";
import { instant, type StepRecord } from "./step-records.ts";

const updateEveryMs = 250;
const finishWithinMs = 60_000;

/** Reports to the results service and the live console: step states in batches, logs as they grow. */
export function createResultsReporter(options: {
  readonly results: ResultsClient | undefined;
  readonly feed: ConsoleFeed | undefined;
  readonly clock: RunnerClock;
  /** Ends every upload at once. */
  readonly kill: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}): JobReporter {
  const { results, feed, clock } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, options.kill]);
  const openUpload = (owner: Parameters<ResultsClient["logUrl"]>[0]): LogUpload | undefined =>
    results === undefined
      ? undefined
      : createLogUpload({ results, owner, clock, signal, onFailure: options.onFailure });
  const updates = new StepUpdates({ results, clock, signal, onFailure: options.onFailure });
  const jobUpload = openUpload({ kind: "job" });
  let jobLineCount = 0;
  const background: Promise<void>[] = [];

  return {
    openLog(record) {
      let upload: LogUpload | undefined;
      return {
        write({ stamped, shown, lineNumber }) {
          // Opened with the first line: a skipped step has no log.
          upload ??= openUpload({ kind: "step", stepId: record.id });
          upload?.append(`${stamped}\n`);
          jobUpload?.append(`${stamped}\n`);
          jobLineCount += 1;
          feed?.push(record.id, lineNumber, shown);
        },
        room() {
          const waits = [upload?.room(), jobUpload?.room()].filter((wait) => wait !== undefined);
          return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
        },
        close(lineCount) {
          if (upload !== undefined) background.push(upload.finish(lineCount));
        },
      };
    },
    stepChanged(record) {
      updates.changed(record);
    },
    summary(stepId, content) {
      if (results !== undefined)
        background.push(results.uploadSummary(stepId, content, signal).catch(options.onFailure));
    },
    async finish() {
      const rest = Promise.all([...background, updates.finish(), jobUpload?.finish(jobLineCount), feed?.close()]);
      const done = new AbortController();
      const timer = clock.sleep(finishWithinMs, AbortSignal.any([done.signal, signal])).catch(() => undefined);
      await Promise.race([rest, timer]);
      done.abort();
      ending.abort();
    },
  };
}

interface UpdateOptions {
  readonly results: ResultsClient | undefined;
  readonly clock: RunnerClock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Step states that wait to be sent: the latest of each step, in one call at a time. */
class StepUpdates {
  readonly #options: UpdateOptions;
  readonly #waiting = new Map<string, StepUpdate>();
  readonly #finished = new AbortController();
  #changeOrder = 0;
  #loop: Promise<void> | undefined;

  constructor(options: UpdateOptions) {
    this.#options = options;
  }

  changed(record: StepRecord): void {
    if (this.#options.results === undefined) return;
    this.#waiting.set(record.id, stepUpdate(record));
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
    });
  }

  async finish(): Promise<void> {
    this.#finished.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { results, clock, signal } = this.#options;
    while (this.#waiting.size > 0 && !signal.aborted) {
      await clock.sleep(updateEveryMs, AbortSignal.any([signal, this.#finished.signal])).catch(() => undefined);
      const steps = [...this.#waiting.values()];
      this.#waiting.clear();
      this.#changeOrder += 1;
      await results?.updateSteps(steps, this.#changeOrder, signal).catch(this.#options.onFailure);
    }
  }
}

const conclusions: Readonly<Record<JobResult, number>> = {
  succeeded: stepConclusion.succeeded,
  succeededWithIssues: stepConclusion.succeeded,
  failed: stepConclusion.failed,
  abandoned: stepConclusion.failed,
  canceled: stepConclusion.canceled,
  skipped: stepConclusion.skipped,
};

function stepUpdate(record: StepRecord): StepUpdate {
  const completed = record.conclusion !== undefined;
  return {
    external_id: record.id,
    number: record.number,
    name: record.name,
    status: completed
      ? stepStatus.completed
      : record.startedAtMs === undefined
        ? stepStatus.pending
        : stepStatus.inProgress,
    conclusion: record.conclusion === undefined ? stepConclusion.unset : conclusions[record.conclusion],
    started_at: instant(record.startedAtMs),
    completed_at: instant(record.completedAtMs),
  };
}
