import { Worker } from "node:worker_threads";
import type { SeedReport } from "./seed-report.ts";

/** A seed takes a second or two, on a busy machine ten. One that takes longer than this turns in a circle that never yields. */
const seedMaxMs = 180_000;

/** Runs seeds over worker threads and hands each report on as it comes; the order between seeds is not fixed, each seed is. */
export async function runSeeds(
  seeds: readonly number[],
  options: {
    readonly threads: number;
    readonly onReport: (report: SeedReport) => void;
    /** No further seed begins once this says true. */
    readonly isEnough?: () => boolean;
    /** The thread's module; the audit has one of its own. */
    readonly worker?: { readonly url: URL; readonly argument: unknown };
  },
): Promise<void> {
  const waiting = [...seeds];
  const url = options.worker?.url ?? new URL("./seed-worker.ts", import.meta.url);
  /** Serves seeds until none is left. A thread that dies, as the program does of an unhandled rejection, is a finding of its seed. */
  const thread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(url, { workerData: options.worker?.argument });
      let running: number | undefined;
      let limit: NodeJS.Timeout | undefined;
      let isGivenUp = false;
      const giveUp = (why: string): void => {
        if (isGivenUp) return;
        isGivenUp = true;
        clearTimeout(limit);
        if (running !== undefined) options.onReport(brokenSeed(running, why));
        void worker.terminate();
        resolve(waiting.length === 0 || options.isEnough?.() === true ? undefined : thread());
      };
      const next = (): void => {
        clearTimeout(limit);
        running = options.isEnough?.() === true ? undefined : waiting.shift();
        if (running !== undefined) {
          limit = setTimeout(() => giveUp("it does not come to an end"), seedMaxMs);
          worker.postMessage(running);
        } else void worker.terminate().then(() => resolve());
      };
      let isReady = false;
      worker.on("message", (answer: "ready" | { report: SeedReport } | { seed: number; error: string }) => {
        // Its seed is told already, and another thread goes on with the rest.
        if (isGivenUp) return;
        if (answer === "ready") isReady = true;
        else if ("report" in answer) options.onReport(answer.report);
        else options.onReport(brokenSeed(answer.seed, answer.error));
        next();
      });
      worker.on("error", (error) => {
        if (!isReady) return reject(error);
        giveUp(`the thread died: ${error.message}`);
      });
    });
  await Promise.all(Array.from({ length: Math.min(options.threads, seeds.length) }, thread));
}

/** A seed whose world itself failed: that is a finding too. */
function brokenSeed(seed: number, error: string): SeedReport {
  return {
    seed,
    violation: { rule: "the world runs to its end", atMs: 0, story: error },
    hash: "",
    events: 0,
    virtualMs: 0,
    pools: 0,
    jobs: 0,
    faultKinds: [],
    incarnations: 0,
    sometimes: [],
    crashSites: [],
  };
}
