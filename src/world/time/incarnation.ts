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
    const followers = new Set<() => void>();
    const deadline: Deadline = Object.assign(controller.signal, { [followersOf]: followers });
    const fire = (reason: unknown) => {
      controller.abort(reason);
      for (const follower of followers) follower();
    };
    const onAbort = () => fire(signal.reason);
    if (signal.aborted) onAbort();
    else follow(signal, onAbort);
    const expire = () => {
      unfollow(signal, onAbort);
      if (this.#isCut || controller.signal.aborted) return;
      // Nearly every deadline fires long after its call is over: nobody listens, so noting it is enough.
      if (followers.size > 0) fire(timedOut);
      else deadline[isExpired] = true;
    };
    this.#scheduler.after(timeoutMs, expire, () => followers.size === 0);
    return deadline;
  }
}

/** Who waits on a deadline: port calls and sleeps are the only ones that can hear it, and events would cost more than the calls. */
const followersOf = Symbol("followers");
/** Set on a deadline that passed while nobody listened. */
const isExpired = Symbol("expired");
type Deadline = AbortSignal & { [followersOf]?: Set<() => void>; [isExpired]?: boolean };

/** Why a call with this signal must not begin; undefined when it may. */
export function reasonOf(signal: Deadline): Error | undefined {
  if (signal.aborted) return signal.reason as Error;
  return signal[isExpired] === true ? timedOut : undefined;
}

export function follow(signal: Deadline, onAbort: () => void): void {
  const followers = signal[followersOf];
  if (followers === undefined) signal.addEventListener("abort", onAbort, { once: true });
  else followers.add(onAbort);
}

export function unfollow(signal: Deadline, onAbort: () => void): void {
  const followers = signal[followersOf];
  if (followers === undefined) signal.removeEventListener("abort", onAbort);
  else followers.delete(onAbort);
}

/** A promise that no incarnation ever hears of again. */
export function never<Result>(): Promise<Result> {
  return new Promise<Result>(() => undefined);
}
