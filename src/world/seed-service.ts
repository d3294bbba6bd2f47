import { parentPort } from "node:worker_threads";
import { runSeed } from "./seed-report.ts";

/** Makes this thread take seeds one by one and report each. A seed is one thread's business from start to end. */
export function serveSeeds(): void {
  Error.stackTraceLimit = 0;
  parentPort?.on("message", (seed: number) => {
    void runSeed(seed).then(
      (report) => parentPort?.postMessage({ report }),
      (error: unknown) =>
        parentPort?.postMessage({ seed, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  parentPort?.postMessage("ready");
}
