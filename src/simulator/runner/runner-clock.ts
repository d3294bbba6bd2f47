import { setTimeout as delay } from "node:timers/promises";

/** Time as the runner sees it. Tests hand in their own. */
export interface RunnerClock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Resolves after `durationMs`; rejects with the signal's reason when `signal` fires first. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: RunnerClock = {
  nowMs: () => Date.now(),
  async sleep(durationMs, signal) {
    signal.throwIfAborted();
    // Longer than a timer can count would fire at once; nobody waits 24 days here.
    await delay(Math.min(durationMs, 2_147_483_647), undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  },
};

/** A number between the two, for retries that must not come in step. */
export function between(lowestMs: number, highestMs: number, random: () => number = Math.random): number {
  return lowestMs + Math.floor(random() * (highestMs - lowestMs));
}
