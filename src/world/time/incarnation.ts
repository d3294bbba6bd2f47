import type { Clock } from "../../core/ports/clock.ts";
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
    const reason = reasonOf(signal);
    if (reason !== undefined) return Promise.reject(reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        event.run = undefined;
        if (!this.#isCut) reject(signal.reason as Error);
      };
      const event = this.#scheduler.after(durationMs, () => {
        unfollow(signal, onAbort);
        if (!this.#isCut) resolve();
      });
      follow(signal, onAbort);
    });
  }

  #deadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    else follow(signal, onAbort);
    const expire = () => {
      unfollow(signal, onAbort);
      if (this.#isCut || controller.signal.aborted) return;
      // Nearly every deadline fires long after its call is over: nobody listens, so noting it is enough.
      if ((followers.get(controller.signal) ?? 0) > 0) controller.abort(timedOut);
      else expired.add(controller.signal);
    };
    this.#scheduler.after(timeoutMs, expire, () => (followers.get(controller.signal) ?? 0) === 0);
    return controller.signal;
  }
}

/** How many port calls and sleeps end with a signal: they are the only ones that can hear it. */
const followers = new WeakMap<AbortSignal, number>();
/** Deadlines that passed while nobody listened. */
const expired = new WeakSet<AbortSignal>();

/** Why a call with this signal must not begin; undefined when it may. */
export function reasonOf(signal: AbortSignal): Error | undefined {
  if (signal.aborted) return signal.reason as Error;
  return expired.has(signal) ? timedOut : undefined;
}

export function follow(signal: AbortSignal, onAbort: () => void): void {
  followers.set(signal, (followers.get(signal) ?? 0) + 1);
  signal.addEventListener("abort", onAbort, { once: true });
}

export function unfollow(signal: AbortSignal, onAbort: () => void): void {
  followers.set(signal, (followers.get(signal) ?? 1) - 1);
  signal.removeEventListener("abort", onAbort);
}

/** A promise that no incarnation ever hears of again. */
export function never<Result>(): Promise<Result> {
  return new Promise<Result>(() => undefined);
}
