/** One HTTP exchange as plain values, so that any HTTP stack (or none at all, in a simulation) can carry it. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: no body at all (a POST or PATCH then carries `Content-Length: 0`). */
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Reason phrase; empty when the server sent none. */
  readonly statusText: string;
  /** Names in lower case; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed, decoded as UTF-8, a leading byte order mark kept. */
  readonly body: string;
}

/** Sends one request once. Retries, token refresh and deadlines are the client's own business. */
export interface Transport {
  /**
   * @throws an Error when no response arrived; one whose `permanent` is true (a certificate error, for example) is not retried.
   * @throws the signal's reason when `signal` fires; the request may still have taken effect.
   */
  send(request: HttpRequest, options: CallOptions): Promise<HttpResponse>;
}

/** Time as a dependency: the system clock in production, virtual time in a simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Resolves after `durationMs` of this clock. Rejects with the signal's reason when `signal` fires first. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** Fires with `signal`, or with a "TimeoutError" after `timeoutMs` of this clock. */
  deadline(signal: AbortSignal, timeoutMs: number): AbortSignal;
}

export interface CallOptions {
  /** Ends every wait and every request of the call at once. */
  readonly signal: AbortSignal;
}

/** Takes what is worth telling. Messages are constant; facts are in `facts` and never hold a token or a JIT configuration. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  facts: Readonly<Record<string, unknown>>,
) => void;
