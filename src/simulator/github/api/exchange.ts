/** One request as both fronts hand it in. */
export interface ApiRequest {
  readonly method: string;
  /** As it was sent: undecoded, repeated slashes kept, no query. */
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** UTF-8; empty when there was none. */
  readonly body: string;
  /** The body as it came, where the front has it. */
  readonly bytes?: Uint8Array;
  /** Scheme and authority that the client used, without a slash at the end: `http://127.0.0.1:4000`. */
  readonly origin: string;
}

export interface ApiResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: no body at all. */
  readonly body: string;
  /** Called when the client went away before it had the whole answer. */
  readonly lost?: () => void;
}

/** How an exchange ends: with an answer, or with a connection that breaks. */
export type Outcome = ApiResponse | "reset";

/** An answer that comes later, or never. */
export class PendingReply {
  #outcome: Outcome | undefined;
  #listener: ((outcome: Outcome) => void) | undefined;
  #onAbandon: (() => void) | undefined;
  #abandoned = false;

  /** @param onAbandon called when the client goes away before the answer is there. */
  constructor(onAbandon?: () => void) {
    this.#onAbandon = onAbandon;
  }

  /** The first outcome counts. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#onAbandon = undefined;
    if (this.#abandoned) {
      if (outcome !== "reset") outcome.lost?.();
      return;
    }
    this.#listener?.(outcome);
  }

  /** Hears the outcome, at once if it is there already. One listener. */
  whenSettled(listener: (outcome: Outcome) => void): void {
    if (this.#outcome === undefined) this.#listener = listener;
    else listener(this.#outcome);
  }

  /** The client went away. */
  abandon(): void {
    if (this.#abandoned || this.#outcome !== undefined) return;
    this.#abandoned = true;
    this.#onAbandon?.();
  }
}

export type Reply = Outcome | PendingReply;

/** The reply with its answer changed; an answer that comes later is changed when it comes. */
export function mapReply(reply: Reply, change: (response: ApiResponse) => Outcome): Reply {
  if (reply === "reset") return reply;
  if (!(reply instanceof PendingReply)) return change(reply);
  const changed = new PendingReply(() => reply.abandon());
  reply.whenSettled((outcome) => changed.settle(outcome === "reset" ? outcome : change(outcome)));
  return changed;
}

export const jsonType = "application/json; charset=utf-8";

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): ApiResponse {
  return { status, headers: { "content-type": jsonType, ...headers }, body: JSON.stringify(value) };
}

export function text(status: number, body: string): ApiResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

export function empty(status: number): ApiResponse {
  return { status, headers: {}, body: "" };
}
