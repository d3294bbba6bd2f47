import type { Clock } from "../core/ports/clock.ts";

/** One reason for all naps: an error with a stack for each of them would be the most expensive thing the engine does. */
const rung = new DOMException("woken", "AbortError");

/** A doorbell: ringing it says "look now" and nothing more. Rings before the wait count once. */
export class Wake {
  #rung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#answer?.();
  }

  /** Resolves at the next ring, after `timeoutMs`, or when `signal` fires. */
  async wait(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const nap = new AbortController();
      const endNap = () => nap.abort(rung);
      signal.addEventListener("abort", endNap, { once: true });
      this.#answer = endNap;
      try {
        await clock.sleep(timeoutMs, nap.signal);
      } catch (error) {
        if (!nap.signal.aborted) throw error;
      } finally {
        signal.removeEventListener("abort", endNap);
        this.#answer = undefined;
      }
    }
    this.#rung = false;
  }
}
