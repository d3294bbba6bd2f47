interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

/** A clock that jumps to the next sleeper whenever everybody waits. */
export class VirtualClock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();
  /** Length of every sleep that was asked for, deadlines not counted. */
  readonly sleeps: number[] = [];

  constructor(nowMs = Date.UTC(2026, 10, 20, 12)) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    this.sleeps.push(durationMs);
    return new Promise((resolve, reject) =>
      this.#add(durationMs, signal, resolve, () => reject(signal.reason as Error)),
    );
  }

  deadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
    const controller = new AbortController();
    const expire = () => controller.abort(new DOMException("The deadline passed.", "TimeoutError"));
    this.#add(timeoutMs, signal, expire, () => controller.abort(signal.reason));
    return controller.signal;
  }

  /** Moves time by hand and lets what it woke run. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      await settle();
      const next = this.#next();
      if (next === undefined || next.atMs > untilMs) break;
      this.#wake(next);
    }
    this.#nowMs = untilMs;
    await settle();
  }

  /** Lets virtual time pass until the work is over. */
  async run<T>(work: Promise<T>, stepMax = 20_000): Promise<T> {
    let settled = false;
    const watched = work.finally(() => (settled = true));
    watched.catch(() => undefined);
    for (let step = 0; step < stepMax; step += 1) {
      await settle();
      if (settled) return watched;
      const next = this.#next();
      if (next === undefined) throw new Error("Everybody waits and no timer is set.");
      this.#wake(next);
    }
    throw new Error(`Not over after ${stepMax} timers.`);
  }

  #add(durationMs: number, signal: AbortSignal, onTime: () => void, onAbort: () => void): void {
    if (signal.aborted) return onAbort();
    const leave = () => {
      this.#sleepers.delete(sleeper);
      onAbort();
    };
    const sleeper: Sleeper = {
      atMs: this.#nowMs + durationMs,
      wake: () => {
        signal.removeEventListener("abort", leave);
        onTime();
      },
    };
    this.#sleepers.add(sleeper);
    signal.addEventListener("abort", leave, { once: true });
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (next === undefined || sleeper.atMs < next.atMs) next = sleeper;
    return next;
  }

  #wake(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
    this.#nowMs = Math.max(this.#nowMs, sleeper.atMs);
    sleeper.wake();
  }
}

/** Lets every promise that can settle now settle. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
