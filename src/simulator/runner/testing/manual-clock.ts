import type { RunnerClock } from "../runner-clock.ts";

interface Sleeper {
  readonly durationMs: number;
  readonly wakeAtMs: number;
  wake(): void;
}

/** A clock that stands still until a test moves it on, or lets a certain sleep end. */
export class ManualClock implements RunnerClock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();

  constructor(startMs = Date.parse("2026-11-21T02:00:52.803Z")) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const sleeper: Sleeper = {
        durationMs,
        wakeAtMs: this.#nowMs + durationMs,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#sleepers.add(sleeper);
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Moves time on and wakes everybody whose time has come. */
  advance(durationMs: number): void {
    this.#nowMs += durationMs;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.wakeAtMs <= this.#nowMs) sleeper.wake();
    }
  }

  /** Resolves once somebody sleeps for exactly `durationMs`, then lets that time pass. */
  async passSleepOf(durationMs: number): Promise<void> {
    await this.untilSleepOf(durationMs);
    this.advance(durationMs);
  }

  untilSleepOf(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (![...this.#sleepers].some((sleeper) => sleeper.durationMs === durationMs)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** The lengths of the sleeps under way. */
  sleeping(): readonly number[] {
    return [...this.#sleepers].map((sleeper) => sleeper.durationMs);
  }
}
