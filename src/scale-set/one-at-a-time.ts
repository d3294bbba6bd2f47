import { untilAborted } from "./single-flight.ts";
import type { CallOptions } from "./ports.ts";

/** Runs pieces of work one after the other, in the order of the calls. Waiting for the turn ends with the signal. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve();

  async run<T>(work: () => Promise<T>, options: CallOptions): Promise<T> {
    options.signal.throwIfAborted();
    const turn = this.#last;
    const done = Promise.withResolvers<void>();
    // A caller that gives up passes its turn on: the next one still waits for everybody before it.
    this.#last = turn.then(() => done.promise);
    try {
      await untilAborted(turn, options.signal);
      return await work();
    } finally {
      done.resolve();
    }
  }
}
