import type { Clock } from "../../core/ports/clock.ts";

/** A bounded series of growing pauses: `for (const pause of pauses()) { look; await pause(); }`. */
export type Pauses = () => Iterable<() => Promise<void>>;

/** Pauses from 2 ms on, doubling up to `longestMs`, about `totalMs` together. Each rejects when `signal` fires. */
export function boundedPauses(
  clock: Clock,
  options: { readonly totalMs: number; readonly longestMs: number; readonly signal: AbortSignal },
): Pauses {
  return function* () {
    let spentMs = 0;
    for (let pauseMs = 2; spentMs < options.totalMs; pauseMs = Math.min(pauseMs * 2, options.longestMs)) {
      const lengthMs = Math.min(pauseMs, options.totalMs - spentMs);
      spentMs += lengthMs;
      yield () => clock.sleep(lengthMs, options.signal);
    }
  };
}
