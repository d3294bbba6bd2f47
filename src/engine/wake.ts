import type { Clock } from "../core/ports/clock.ts";

/** One reason for all naps: an error with a stack for each of them would be the most expensive thing the engine does. */
const over = new DOMException("the nap is over", "AbortError");

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
      const nowMs = clock.nowMs();
      const leftMs = dueAtMs - nowMs;
      // Once the clock was put back, nobody knows how much is left: better early than hours late.
      if (leftMs <= 0 || nowMs < beganAtMs) break;
      this.#setAlarm(clock, dueAtMs, leftMs);
      await new Promise<void>((resolve) => (this.#answer = resolve));
      this.#answer = undefined;
    }
    this.#rung = false;
  }

  /** Makes sure that something goes off when the wait runs out. An alarm that is earlier is good: it is set anew then. */
  #setAlarm(clock: Clock, atMs: number, leftMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#alarm?.nap.abort(over);
    const alarm: Alarm = { atMs, nap: new AbortController() };
    this.#alarm = alarm;
    const goOff = () => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#answer?.();
    };
    clock.sleep(leftMs, alarm.nap.signal).then(goOff, goOff);
  }

  /** The waits of one loop all come with the same signal, so one listener serves them. */
  #follow(signal: AbortSignal): void {
    if (this.#followed === signal) return;
    this.#followed = signal;
    signal.addEventListener("abort", () => this.#alarm?.nap.abort(over), { once: true });
  }
}
