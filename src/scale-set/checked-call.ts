import type { CallOptions, Clock, HttpRequest, HttpResponse, Transport } from "./ports.ts";
import { sendWithRetries, type RetryPolicy } from "./retry-policy.ts";
import { decodeFailure, errorFromResponse, type Operation } from "./service-error.ts";

export interface Line {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
}

export interface CheckedCall<T> {
  readonly request: HttpRequest;
  /** The only status that counts as success, or `2xx` for any of that class. */
  readonly expected: number | readonly number[] | "2xx";
  /** Reads a success. What it throws becomes a `Decode` error without the body. */
  readonly decode: (response: HttpResponse) => T;
  /** Words for the cause of a failure. */
  readonly cause: (response: HttpResponse) => string;
  readonly operation?: Operation;
  /** Statuses to repeat besides those of the retry policy. */
  readonly retryAlso?: readonly number[];
}

/** One request with its retries: the decoded answer, or a {@link ServiceError}. */
export async function checkedCall<T>(line: Line, call: CheckedCall<T>, options: CallOptions): Promise<T> {
  const { request } = call;
  const answer = await sendWithRetries(line, request, { ...options, retryAlso: call.retryAlso ?? [] });
  const { response } = answer;
  if (!isExpected(response.status, call.expected)) {
    throw errorFromResponse({
      request,
      response,
      cause: call.cause(response),
      operation: call.operation ?? "other",
      ...(answer.exhausted ? { exhaustedAttempts: answer.attempts } : {}),
      retryAfterMs: answer.retryAfterMs,
    });
  }
  try {
    return call.decode(response);
  } catch (error) {
    throw decodeFailure(request, response, error as Error);
  }
}

/** `404 Not Found`, or only the number when the server sent no words. */
export function statusLine(response: HttpResponse): string {
  return `${response.status} ${response.statusText}`.trim();
}

function isExpected(status: number, expected: number | readonly number[] | "2xx"): boolean {
  if (expected === "2xx") return status >= 200 && status < 300;
  return typeof expected === "number" ? status === expected : expected.includes(status);
}
