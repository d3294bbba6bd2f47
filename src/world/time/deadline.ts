type Listener = () => void;

/**
 * The abort signal of a virtual deadline: what callers and ports use of one, without the platform's event objects, which would cost
 * more than the calls that they end.
 */
export class Deadline implements Pick<AbortSignal, "aborted" | "reason" | "throwIfAborted" | "onabort"> {
  aborted = false;
  reason: unknown = undefined;
  readonly onabort = null;
  readonly #listeners = new Set<Listener>();

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  fire(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: string, listener: Listener): void {
    if (!this.aborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: string, listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Signals of the world are fired by time and by their parents only. */
  dispatchEvent(): never {
    throw new Error("A deadline of the world is not an event target.");
  }
}
