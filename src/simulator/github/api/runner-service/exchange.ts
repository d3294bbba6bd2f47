/** One request to the runner services, as either front sees it. */
export interface RunnerCall {
  readonly method: string;
  /** Without the query; repeated slashes are fine. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Decoded as UTF-8. */
  readonly body: string;
  /** The body as it came. Log uploads need it: a block may end in the middle of a character. */
  readonly bytes?: Uint8Array;
  /** Scheme and authority under which the client knows the simulator, without a slash at the end. */
  readonly origin: string;
}

export interface RunnerReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: no body; the front then sends `Content-Length: 0`. */
  readonly body: string;
  /**
   * A front that can tell calls this once: true when the reply was written to a live socket, false when the client had
   * gone. Without the call nothing is lost, it only takes a moment longer until the next poll gets the message again.
   */
  readonly closed?: (written: boolean) => void;
}

/** A poll that the service holds. */
export interface ParkedCall {
  /** Brings the reply, once. Ask for it at once, before any other command. */
  onReply(listener: (reply: RunnerReply) => void): void;
  /** The client went away. */
  abandon(): void;
}

export type RunnerAnswer =
  { readonly kind: "reply"; readonly reply: RunnerReply } | { readonly kind: "parked"; readonly parked: ParkedCall };

/** JSON with the media type that runners insist on: anything else reads as "no value" to one of them. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): RunnerReply {
  return jsonText(status, JSON.stringify(value), headers);
}

export function jsonText(status: number, body: string, headers: Readonly<Record<string, string>> = {}): RunnerReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
}

export function empty(status: number): RunnerReply {
  return { status, headers: {}, body: "" };
}

/** The challenge without which runners do not fetch a token. */
export function unauthorized(): RunnerReply {
  return json(401, { message: "The token is missing, unknown or expired." }, { "www-authenticate": "Bearer" });
}

/** The token of a request, whatever the case of its scheme. */
export function bearerToken(call: Pick<RunnerCall, "headers">): string | undefined {
  return /^bearer\s+(\S+)\s*$/i.exec(call.headers["authorization"] ?? "")?.[1];
}

/** The body as JSON; undefined when it is none. A byte order mark in front of it is ignored. */
export function jsonBody(call: Pick<RunnerCall, "body">): unknown {
  try {
    return JSON.parse(call.body.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    return undefined;
  }
}
