import type { Clock } from "../core/ports/clock.ts";
import type { DemandSink, DemandSource } from "../core/ports/demand-source.ts";
import { DroverError } from "../core/ports/errors.ts";

const firstWaitMs = 2_000;
const longestWaitMs = 60_000;

/**
 * Keeps one demand source running. A source survives what it can by itself; what it throws is shown, waited out and tried again for
 * ever, with pauses that double from 2 s to a minute, so that one pool's trouble ends neither the pool nor the program.
 */
export async function superviseSource(
  source: DemandSource,
  sink: DemandSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let sinceMs = 0;
  while (!signal.aborted) {
    const beganAtMs = clock.nowMs();
    const error = await source.run(sink, { signal }).then(
      () => new Error("The demand source ended although nobody asked it to."),
      (thrown: unknown) => thrown,
    );
    if (signal.aborted) return;
    const nowMs = clock.nowMs();
    // A source that ran for a while was healthy: start with the shortest wait again.
    if (nowMs - beganAtMs > longestWaitMs) failures = 0;
    if (failures === 0) sinceMs = nowMs;
    failures += 1;
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1));
    sink.report({
      kind: "retrying",
      sinceMs,
      code: error instanceof DroverError ? error.code : "source-failed",
      message: error instanceof Error ? error.message : String(error),
      nextAttemptAtMs: nowMs + waitMs,
    });
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
}
