import type { Clock } from "./ports.ts";

/** One reason for all: nobody waits on the signal of a call that is over, and an error with a stack is the costliest part of it. */
const callIsOver = new DOMException("The call is over.", "AbortError");

/** An abort signal that follows another one and can also be fired or let go by itself. */
export class AbortScope {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #follow: () => void;

  constructor(parent: AbortSignal, onParent?: (scope: AbortScope) => void) {
    this.#parent = parent;
    this.#follow = () => (onParent === undefined ? this.abort(parent.reason) : onParent(this));
    if (parent.aborted) this.#follow();
    else parent.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Stops following and releases every timer that hangs on the signal. */
  dispose(): void {
    this.#parent.removeEventListener("abort", this.#follow);
    this.#controller.abort(callIsOver);
  }
}

/** Runs `work` with a signal that fires with `signal` or after `timeoutMs`; nothing of the timer stays behind. */
export async function withDeadline<T>(
  clock: Clock,
  signal: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const scope = new AbortScope(signal);
  try {
    return await work(clock.deadline(scope.signal, timeoutMs));
  } finally {
    scope.dispose();
  }
}

/**
 * Runs `work` with a signal that fires only `graceMs` after `signal` did: what has begun may be finished, but not for
 * ever.
 */
export async function withGrace<T>(
  clock: Clock,
  signal: AbortSignal,
  graceMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const scope = new AbortScope(signal, (late) => {
    clock.sleep(graceMs, late.signal).then(
      () => late.abort(new DOMException("The time to finish after a stop is over.", "TimeoutError")),
      () => undefined,
    );
  });
  try {
    return await work(scope.signal);
  } finally {
    scope.dispose();
  }
}
