import type { Clock } from "../../core/ports/clock.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";

/**
 * Tells that something may have changed: the end of own children at once, the end of adopted processes, whose parent is
 * another, within `lookEveryMs` of the clock.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #lookEveryMs: number;
  readonly #listeners = new Set<() => void>();
  readonly #followed = new Map<number, ProcessIdentity>();
  #polling: AbortController | undefined;

  constructor(clock: Clock, lookEveryMs: number) {
    this.#clock = clock;
    this.#lookEveryMs = lookEveryMs;
  }

  add(onChange: () => void): { close(): void } {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    this.#update();
    return {
      close: () => {
        this.#listeners.delete(listener);
        this.#update();
      },
    };
  }

  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Looks after a process that is no child of this one until it ends. */
  follow(identity: ProcessIdentity): void {
    this.#followed.set(identity.pid, identity);
    this.#update();
  }

  /** Looks only while somebody listens and there is something to look at. */
  #update(): void {
    const wanted = this.#listeners.size > 0 && this.#followed.size > 0;
    if (wanted && this.#polling === undefined) {
      this.#polling = new AbortController();
      this.#poll(this.#polling.signal).catch(() => undefined);
    } else if (!wanted) {
      this.#polling?.abort();
      this.#polling = undefined;
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(this.#lookEveryMs, signal);
      let ended = false;
      for (const [pid, identity] of [...this.#followed]) {
        if (await isAlive(identity)) continue;
        if (this.#followed.get(pid) === identity) this.#followed.delete(pid);
        ended = true;
      }
      if (ended) this.notify();
      this.#update();
    }
  }
}
