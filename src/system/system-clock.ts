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
  // Not AbortSignal.timeout: its reason says neither how long nor what was waited for, and operators read it.
  deadline: (signal, timeoutMs) => {
    const late = new AbortController();
    const reason = (): DOMException => new DOMException(`No answer within ${timeoutMs / 1000} s.`, "TimeoutError");
    setTimeout(() => late.abort(reason()), timeoutMs).unref();
    return AbortSignal.any([signal, late.signal]);
  },
};
