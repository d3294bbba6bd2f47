import type { Clock } from "../core/ports/clock.ts";
import { TransportError } from "../core/ports/errors.ts";
import type { HttpRequest, HttpResponse, Transport } from "../core/ports/transport.ts";
import { withDeadline } from "../scale-set/abort-scope.ts";
import type { TokenSource } from "../scale-set/token-source.ts";
import { rateLimitOf } from "./budget.ts";
import {
  CredentialRefusedError,
  GitHubApiError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  UnreadableAnswerError,
} from "./errors.ts";

export interface RestClientOptions {
  /** Base of the REST API, without a trailing slash. */
  readonly restBase: string;
  readonly tokenSource: TokenSource;
  /** The credential's budget, which sends through the real transport. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly userAgent: string;
}

export interface RestCall {
  readonly method: HttpRequest["method"];
  /** Below the base, encoded, with its query. */
  readonly path: string;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when the answer has no body. */
  readonly json: unknown;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

/** One attempt and two more, for calls that may be repeated. */
const attemptMax = 3;
const retryPauseMs = 1_000;
/** A bound, not a limit that anybody meets: 100,000 runners. */
const pageMax = 1_000;
const attemptTimeoutMs = 60_000;

/** GitHub's REST API: headers, tokens, paging, and errors that say which permission is missing. */
export class RestClient {
  readonly #options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /**
   * One call. A refused token is replaced once; a read or a delete that fails on the way is repeated.
   *
   * @throws {CredentialRefusedError | PermissionError | NotFoundError | RateLimitError | GitHubApiError}
   * @throws {TransportError} no response arrived.
   */
  async call(call: RestCall, options: CallOptions): Promise<RestAnswer> {
    const url = `${this.#options.restBase}${call.path}`;
    return this.#read(call, url, await this.#send(call, url, options));
  }

  /** Every page of a list, through the `Link` header: all of them, or a rejection. */
  async pages(path: string, options: CallOptions): Promise<readonly RestAnswer[]> {
    const answers: RestAnswer[] = [];
    let url: string | undefined = `${this.#options.restBase}${path}`;
    while (url !== undefined) {
      if (answers.length >= pageMax) throw new UnreadableAnswerError(path, `more than ${pageMax} pages`);
      const call: RestCall = { method: "GET", path };
      const answer: RestAnswer = this.#read(call, url, await this.#send(call, url, options));
      answers.push(answer);
      url = nextPage(answer.headers["link"]);
      // The token goes where the link points, so it must point to GitHub.
      if (url !== undefined && !url.startsWith(`${this.#options.restBase}/`)) {
        throw new UnreadableAnswerError(path, "the link to the next page leads elsewhere");
      }
    }
    return answers;
  }

  async #send(call: RestCall, url: string, options: CallOptions): Promise<HttpResponse> {
    const { tokenSource } = this.#options;
    const token = (await tokenSource.token(options)).value;
    const response = await this.#attempt(call, url, token, options);
    if (response.status !== 401) return response;
    tokenSource.invalidate(token);
    const fresh = (await tokenSource.token(options)).value;
    return fresh === token ? response : this.#attempt(call, url, fresh, options);
  }

  async #attempt(call: RestCall, url: string, token: string, { signal }: CallOptions): Promise<HttpResponse> {
    const { transport, clock, userAgent } = this.#options;
    const request: HttpRequest = {
      method: call.method,
      url,
      headers: {
        "User-Agent": userAgent,
        Accept: "application/vnd.github+json",
        Authorization: `Bearer ${token}`,
        "X-GitHub-Api-Version": "2022-11-28",
      },
    };
    const repeatable = call.method === "GET" || call.method === "DELETE";
    for (let attempt = 1; ; attempt += 1) {
      const last = !repeatable || attempt >= attemptMax;
      try {
        const response = await withDeadline(clock, signal, attemptTimeoutMs, (timed) =>
          transport.send(request, { signal: timed }),
        );
        if (last || response.status < 500) return response;
      } catch (error) {
        if (signal.aborted || error instanceof RateLimitError) throw error;
        const failure = asTransportError(error);
        if (last || failure.permanent) throw failure;
      }
      await clock.sleep(retryPauseMs * 2 ** (attempt - 1), signal);
    }
  }

  #read(call: RestCall, url: string, response: HttpResponse): RestAnswer {
    const { status, headers, body } = response;
    const path = pathOf(url, this.#options.restBase);
    if (status < 200 || status >= 300) throw this.#failure(call, path, response);
    return { status, headers, json: body === "" ? undefined : parse(path, body) };
  }

  #failure(call: RestCall, path: string, response: HttpResponse): Error {
    const nowMs = this.#options.clock.nowMs();
    const limit = rateLimitOf(response, nowMs);
    if (limit !== undefined) return new RateLimitError(limit.limit, limit.resource, limit.retryAtMs, nowMs);
    const accepted = response.headers["x-accepted-github-permissions"] || undefined;
    const failure = {
      method: call.method,
      path,
      status: response.status,
      message: messageOf(response.body),
      requestId: response.headers["x-github-request-id"],
    };
    if (response.status === 401) return new CredentialRefusedError(failure);
    if (response.status === 403) return new PermissionError(failure, accepted);
    if (response.status === 404) return new NotFoundError(failure, accepted);
    return new GitHubApiError(failure);
  }
}

function asTransportError(error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const permanent = (error as { readonly permanent?: unknown } | null)?.permanent === true;
  const words = error instanceof Error ? error.message : String(error);
  const ending = permanent ? "" : " Drover tries again.";
  return new TransportError(`GitHub's REST API gave no answer: ${words}${ending}`, { cause: error, permanent });
}

function nextPage(link: string | undefined): string | undefined {
  for (const part of (link ?? "").split(",")) {
    const [, url, parameters = ""] = /^\s*<([^>]*)>(.*)$/.exec(part) ?? [];
    if (url !== undefined && /;\s*rel="?next"?\s*(;|$)/.test(parameters)) return url;
  }
  return undefined;
}

function parse(path: string, body: string): unknown {
  try {
    return JSON.parse(body.startsWith("\uFEFF") ? body.slice(1) : body);
  } catch {
    throw new UnreadableAnswerError(path, "it is not JSON");
  }
}

function messageOf(body: string): string {
  try {
    const value = JSON.parse(body) as { readonly message?: unknown } | null;
    return typeof value?.message === "string" ? value.message.slice(0, 500) : "";
  } catch {
    return "";
  }
}

function pathOf(url: string, restBase: string): string {
  return url.slice(restBase.length).split("?")[0] ?? "";
}
