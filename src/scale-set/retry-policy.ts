import { withDeadline } from "./abort-scope.ts";
import type { CallOptions, Clock, HttpRequest, HttpResponse, Transport } from "./ports.ts";
import { errorWithoutResponse } from "./service-error.ts";

/** How often and how patiently one request is repeated. */
export interface RetryPolicy {
  /** Attempts after the first one. Default 4; 0 is allowed. */
  readonly retryMax: number;
  /** Upper bound of the wait between attempts, which grows 1, 2, 4, 8... seconds. Default 30 s. */
  readonly retryWaitMaxMs: number;
  /** Upper bound of what a `Retry-After` header may ask for. Default 5 min. */
  readonly retryAfterMaxMs: number;
  /** Time for one attempt, its body included. Default 5 min: longer than the longest long poll. */
  readonly attemptTimeoutMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  retryMax: 4,
  retryWaitMaxMs: 30_000,
  retryAfterMaxMs: 300_000,
  attemptTimeoutMs: 300_000,
};

export interface Answer {
  readonly response: HttpResponse;
  readonly attempts: number;
  /** The policy gave up and this is the last of the answers that asked for another attempt. */
  readonly exhausted: boolean;
  readonly retryAfterMs: number | undefined;
}

/**
 * Sends a request of any method until it has an answer worth having: 429, 5xx but 501, and missing answers are repeated. A
 * repeated POST may meet the effect of its own first copy.
 *
 * @param options.retryAlso further statuses to repeat.
 * @throws {ServiceError} `RetriesExhausted` when no attempt had an answer, `Transport` when none can have one, `Aborted`.
 */
export async function sendWithRetries(
  { transport, clock, retry }: { readonly transport: Transport; readonly clock: Clock; readonly retry: RetryPolicy },
  request: HttpRequest,
  options: CallOptions & { readonly retryAlso?: readonly number[] },
): Promise<Answer> {
  const { signal, retryAlso = [] } = options;
  for (let attempt = 0; ; attempt += 1) {
    let waitMs = Math.min(1000 * 2 ** attempt, retry.retryWaitMaxMs);
    try {
      signal.throwIfAborted();
      const response = await withDeadline(clock, signal, retry.attemptTimeoutMs, (deadline) =>
        transport.send(request, { signal: deadline }),
      );
      const retryAfterMs = readRetryAfter(response, clock.nowMs(), retry.retryAfterMaxMs);
      const again = asksForRetry(response.status) || retryAlso.includes(response.status);
      if (!again || attempt >= retry.retryMax) {
        return { response, attempts: attempt + 1, exhausted: again, retryAfterMs };
      }
      waitMs = retryAfterMs ?? waitMs;
    } catch (error) {
      if (signal.aborted) throw errorWithoutResponse("Aborted", request, "aborted", signal.reason);
      const reason = error instanceof Error ? error.message : String(error);
      if (isPermanent(error)) throw errorWithoutResponse("Transport", request, reason, error);
      if (attempt >= retry.retryMax) {
        const ending = `${request.method} ${request.url} giving up after ${attempt + 1} attempt(s)`;
        throw errorWithoutResponse("RetriesExhausted", request, `${reason}: ${ending}`, error);
      }
    }
    try {
      await clock.sleep(waitMs, signal);
    } catch (error) {
      throw errorWithoutResponse("Aborted", request, "aborted", signal.aborted ? signal.reason : error);
    }
  }
}

function asksForRetry(status: number): boolean {
  return status === 0 || status === 429 || (status >= 500 && status !== 501);
}

function isPermanent(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { permanent?: unknown }).permanent === true;
}

/** Seconds or an HTTP date, on 429 and 503 only, bounded. A date is compared with the server's own clock where it shows one. */
function readRetryAfter(response: HttpResponse, nowMs: number, maxMs: number): number | undefined {
  const value = response.headers["retry-after"]?.trim();
  if (value === undefined || (response.status !== 429 && response.status !== 503)) return undefined;
  const sentAtMs = Date.parse(response.headers["date"] ?? "");
  const sinceMs = Number.isNaN(sentAtMs) ? nowMs : sentAtMs;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - sinceMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), maxMs);
}
