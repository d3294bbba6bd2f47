import type { Clock } from "../core/ports/clock.ts";

/** One reason for all naps: an error with a stack for each of them would be the most expensive thing the engine does. */
const over = new DOMException("the nap is over", "AbortError");

const shortestMs = 1;

interface Alarm {
  readonly atMs: number;
  readonly nap: AbortController;
}

/**
 * A doorbell: ringing it says "look now" and nothing more. Rings before the wait count once. Loops are rung far more often than their
 * waits run out, so one alarm of the clock serves all the waits until it goes off.
 */
export class Wake {
  #rung = false;
  #answer: (() => void) | undefined;
  #alarm: Alarm | undefined;
  #followed: AbortSignal | undefined;

  ring(): void {
    this.#rung = true;
    this.#answer?.();
  }

  /** Resolves at the next ring, after `timeoutMs`, or when `signal` fires. */
  async wait(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const beganAtMs = clock.nowMs();
    const dueAtMs = beganAtMs + timeoutMs;
    this.#follow(signal);
    while (!this.#rung && !signal.aborted) {
      this.#setAlarm(clock, dueAtMs);
      await new Promise<void>((resolve) => (this.#answer = resolve));
      this.#answer = undefined;
      const nowMs = clock.nowMs();
      // Once the clock was put back, nobody knows how much is left: better early than hours late.
      if (nowMs >= dueAtMs || nowMs < beganAtMs) break;
    }
    this.#rung = false;
  }

  /** Makes sure that something goes off when the wait runs out. An alarm that is earlier is good: it is set anew then. */
  #setAlarm(clock: Clock, dueAtMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= dueAtMs) return;
    this.#alarm?.nap.abort(over);
    // A loop with something due in no time must yield all the same, and a fraction of a millisecond is lost in the sum.
    const sleepMs = Math.max(shortestMs, dueAtMs - clock.nowMs());
    const alarm: Alarm = { atMs: clock.nowMs() + sleepMs, nap: new AbortController() };
    this.#alarm = alarm;
    const goOff = () => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#answer?.();
    };
    clock.sleep(sleepMs, alarm.nap.signal).then(goOff, goOff);
  }

  /** The waits of one loop all come with the same signal, so one listener serves them. */
  #follow(signal: AbortSignal): void {
    if (this.#followed === signal) return;
    this.#followed = signal;
    signal.addEventListener("abort", () => this.#alarm?.nap.abort(over), { once: true });
  }
}
