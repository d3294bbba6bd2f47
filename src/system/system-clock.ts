import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/ports/clock.ts";

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (durationMs, signal) => {
    try {
      await delay(durationMs, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
  deadline: (signal, timeoutMs) => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
};
