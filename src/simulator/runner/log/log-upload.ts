import type { LogOwner, ResultsClient } from "../wire/results-client.ts";
import type { RunnerClock } from "../runner-clock.ts";

/** Carries one log, a step's or the job's, to the results service: in one piece when short, in blocks while it grows. */
export interface LogUpload {
  append(text: string): void;
  /** Resolves once the service has taken enough that more may be written; undefined when there is room. */
  room(): Promise<void> | undefined;
  /** Sends the rest and the line count. Never rejects: logs are best effort, the job's result is not theirs to change. */
  finish(lineCount: number): Promise<void>;
}

const blockBytes = 2 * 1024 * 1024;
const sendAfterMs = 2_000; // A quiet log is still readable while its job runs.
const waitingBytesMax = 4 * blockBytes;

export function createLogUpload(options: {
  readonly results: ResultsClient;
  readonly owner: LogOwner;
  readonly clock: RunnerClock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}): LogUpload {
  const { results, owner, clock, signal } = options;
  const finished = new AbortController();
  const ended = AbortSignal.any([finished.signal, signal]);
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let url: string | undefined;
  let created = false;
  let broken = false;
  let queue: Promise<void> = Promise.resolve();
  let queuedBytes = 0;
  let timerRuns = false;

  const guarded = async (work: () => Promise<void>): Promise<void> => {
    if (broken) return;
    try {
      await work();
    } catch (error) {
      broken = true;
      options.onFailure(error);
    }
  };

  const takeBlock = (): Buffer => {
    const block = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    return block;
  };

  const enqueueBlock = (seal: boolean): void => {
    const block = takeBlock();
    queuedBytes += block.length;
    queue = queue.then(async () => {
      await guarded(async () => {
        url ??= await results.logUrl(owner, signal);
        if (!created) await results.createBlob(url, signal);
        created = true;
        await results.appendBlob(url, block, seal, signal);
      });
      queuedBytes -= block.length;
    });
  };

  const sendSoon = (): void => {
    if (timerRuns) return;
    timerRuns = true;
    void clock
      .sleep(sendAfterMs, ended)
      .then(() => {
        if (waitingBytes > 0) enqueueBlock(false);
      })
      .catch(() => undefined)
      .finally(() => {
        timerRuns = false;
      });
  };

  return {
    append(text) {
      if (broken) return;
      const bytes = Buffer.from(text, "utf8");
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= blockBytes) enqueueBlock(false);
      else sendSoon();
    },
    room() {
      return !broken && queuedBytes > waitingBytesMax ? queue : undefined;
    },
    async finish(lineCount) {
      finished.abort();
      if (created || queuedBytes > 0) enqueueBlock(true);
      else {
        const whole = takeBlock();
        queue = queue.then(async () => {
          await guarded(async () => {
            url ??= await results.logUrl(owner, signal);
            await results.putBlob(url, whole, signal);
          });
        });
      }
      await queue;
      await guarded(async () => await results.finishLog(owner, lineCount, signal));
    },
  };
}
