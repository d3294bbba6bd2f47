import type { GitHubModel } from "../model/github-model.ts";

const longestTimerMs = 2 ** 31 - 1;

/** Keeps one real timer on the model's next deadline, from `start` to `stop`. */
export class ModelTimer {
  readonly #model: GitHubModel;
  #timer: NodeJS.Timeout | undefined;
  #atMs: number | undefined;

  constructor(model: GitHubModel) {
    this.#model = model;
  }

  start(): void {
    this.#model.kernel.deadlines.whenEarlier(() => this.#look());
    this.#look();
  }

  #look(): void {
    const nextMs = this.#model.nextDeadlineMs();
    if (nextMs === this.#atMs) return;
    clearTimeout(this.#timer);
    this.#atMs = nextMs;
    if (nextMs === undefined) return;
    const waitMs = Math.min(longestTimerMs, Math.max(0, nextMs - this.#model.nowMs()));
    this.#timer = setTimeout(() => {
      this.#atMs = undefined;
      this.#model.advance();
      this.#look();
    }, waitMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#model.kernel.deadlines.whenEarlier(() => undefined);
    clearTimeout(this.#timer);
    this.#atMs = undefined;
  }
}
