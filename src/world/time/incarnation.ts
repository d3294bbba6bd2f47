import type { Clock } from "../../core/ports/clock.ts";
import { Deadline } from "./deadline.ts";
import type { Scheduler } from "./scheduler.ts";

/** What an expired deadline says; one object, because making an error with a stack a million times is the world's time. */
const timedOut = new DOMException("The operation timed out.", "TimeoutError");

/**
 * One life of the controller. After the cut nothing of it takes effect any more: its pending calls never settle, its later calls
 * never settle and do nothing, so that no `finally`, `catch` or retry of a dead process can act.
 */
export class Incarnation {
  readonly number: number;
  readonly clock: Clock;
  readonly #scheduler: Scheduler;
  #isCut = false;

  constructor(number: number, scheduler: Scheduler) {
    this.number = number;
    this.#scheduler = scheduler;
    this.clock = {
      nowMs: () => scheduler.nowMs,
      sleep: (durationMs, signal) => this.#sleep(durationMs, signal),
      deadline: (signal, timeoutMs) => this.#deadline(signal, timeoutMs),
    };
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  cut(): void {
    this.#isCut = true;
  }

  #sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isCut) return never();
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        event.run = undefined;
        if (!this.#isCut) reject(signal.reason as Error);
      };
      const event = this.#scheduler.after(durationMs, () => {
        signal.removeEventListener("abort", onAbort);
        if (!this.#isCut) resolve();
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #deadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
    const deadline = new Deadline();
    const onAbort = () => deadline.fire(signal.reason);
    if (signal.aborted) {
      onAbort();
      return deadline;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    const expire = () => {
      signal.removeEventListener("abort", onAbort);
      if (!this.#isCut) deadline.fire(timedOut);
    };
    // Nearly every deadline passes long after its call is over: nobody listens, so nothing can follow.
    this.#scheduler.after(timeoutMs, expire, () => !deadline.isHeard);
    return deadline;
  }
}

/** A promise that no incarnation ever hears of again. */
export function never<Result>(): Promise<Result> {
  return new Promise<Result>(() => undefined);
}
