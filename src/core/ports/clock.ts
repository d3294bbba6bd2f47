/** Time as a dependency: the system clock in production, virtual time in the world. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Resolves after `durationMs` of this clock. Rejects with the signal's reason when `signal` fires first. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** Fires with `signal`, or with a "TimeoutError" after `timeoutMs` of this clock. Use it, not `AbortSignal.timeout`. */
  deadline(signal: AbortSignal, timeoutMs: number): AbortSignal;
}
