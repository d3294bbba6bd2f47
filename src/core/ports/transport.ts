/** One HTTP exchange as data. The scale-set client declares the same shape for itself, so that it stands alone. */
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

/** Sends one request once: no retries, no redirects to another origin. Those belong to the callers. */
export interface Transport {
  /**
   * @throws {TransportError} no response arrived (connection, TLS, protocol).
   * @throws the signal's reason when `signal` fires; the request may still have taken effect.
   */
  send(request: HttpRequest, options: { readonly signal: AbortSignal }): Promise<HttpResponse>;
}
