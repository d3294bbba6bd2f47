/** Runs at most `concurrency` tasks at once; the others wait in order. What queues here is bounded by the pools' sizes. */
export class Limiter {
  readonly #concurrency: number;
  readonly #around: Limiter | undefined;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param around bounds this one together with others: a task then needs a place in both. */
  constructor(concurrency: number, around?: Limiter) {
    this.#concurrency = concurrency;
    this.#around = around;
  }

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await (this.#around === undefined ? task() : this.#around.run(task));
    } finally {
      // The place is handed on, not freed and taken again, so that order holds.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
