import { AbortScope } from "./abort-scope.ts";
import type { CallOptions } from "./ports.ts";

/**
 * Lets many callers share one piece of work. One caller's abort takes only that caller out; the work itself is aborted
 * when nobody waits for it any more.
 */
export class SingleFlight<T> {
  #flight: Flight<T> | undefined;

  async run(work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
    options.signal.throwIfAborted();
    const flight = (this.#flight ??= this.#start(work));
    flight.waiting += 1;
    try {
      return await untilAborted(flight.result, options.signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        if (this.#flight === flight) this.#flight = undefined;
        flight.controller.abort(new DOMException("Nobody waits for it any more.", "AbortError"));
      }
    }
  }

  #start(work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = {
      controller,
      waiting: 0,
      result: work(controller.signal).finally(() => {
        if (this.#flight === flight) this.#flight = undefined;
      }),
    };
    return flight;
  }
}

interface Flight<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  waiting: number;
}

/** Settles as `promise` does, or rejects with the signal's reason when that comes first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const scope = new AbortScope(signal, () => reject(signal.reason as Error));
    promise.then(resolve, reject).finally(() => scope.dispose());
  });
}
