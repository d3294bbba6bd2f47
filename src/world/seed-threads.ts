import { Worker } from "node:worker_threads";
import type { SeedReport } from "./seed-report.ts";

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
  const thread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(url, { workerData: options.worker?.argument });
      const next = (): void => {
        const seed = options.isEnough?.() === true ? undefined : waiting.shift();
        if (seed !== undefined) worker.postMessage(seed);
        else void worker.terminate().then(() => resolve());
      };
      worker.on("message", (answer: { report: SeedReport } | { seed: number; error: string }) => {
        if ("report" in answer) options.onReport(answer.report);
        else options.onReport(brokenSeed(answer.seed, answer.error));
        next();
      });
      worker.on("error", reject);
      next();
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
