import type { Clock } from "../ports.ts";

/** Longest delay that Node's timers keep; a longer one would fire at once. */
const timerMaxMs = 2 ** 31 - 1;

/** The clock of this machine. Its timers keep the process alive only while somebody waits for them. */
export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    for (let leftMs = Math.max(durationMs, 0); ; leftMs -= timerMaxMs) {
      await pause(Math.min(leftMs, timerMaxMs), signal);
      if (leftMs <= timerMaxMs) return;
    }
  }

  deadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
    const controller = new AbortController();
    this.sleep(timeoutMs, signal).then(
      () => controller.abort(new DOMException(`No answer within ${timeoutMs / 1000} s.`, "TimeoutError")),
      () => controller.abort(signal.reason),
    );
    return controller.signal;
  }
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, durationMs);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
