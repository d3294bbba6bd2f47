import type { RunnerClock } from "../runner-clock.ts";
import { type HttpAnswer, type HttpCall, type HttpClient, sendWithRetry } from "./http-call.ts";
import { parseJson, text } from "./json-fields.ts";
import type { TokenSource } from "./runner-token.ts";

/** The service answered with an error. `kind` is its `errorKind`, or empty. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly status: number;
  readonly kind: string;

  constructor(what: string, status: number, kind: string, message: string) {
    super(`${what}: status ${status}${message === "" ? "" : `, ${message}`}`);
    this.status = status;
    this.kind = kind;
  }
}

export interface ServiceCaller {
  /** JSON in, JSON out; undefined for an answer without a body. 401 is tried once more with a new token. */
  call(options: {
    readonly what: string;
    readonly method: "GET" | "POST" | "DELETE";
    readonly url: string;
    readonly body?: unknown;
    readonly signal: AbortSignal;
    readonly timeoutMs?: number;
    /** Tries on network trouble and 502, 503, 504. Default 3. */
    readonly tries?: number;
  }): Promise<unknown>;
}

const userAgent = `GitHubActionsRunner-linux-${process.arch}/2.336.0 (DroverSimRunner)`;

/** Calls with the bearer token of `tokens`. */
export function createServiceCaller(send: HttpClient, tokens: TokenSource, clock: RunnerClock): ServiceCaller {
  return {
    async call(options) {
      const attempt = async (): Promise<HttpAnswer> => {
        const headers: Record<string, string> = {
          authorization: `Bearer ${await tokens.token(options.signal)}`,
          accept: "application/json",
          "user-agent": userAgent,
        };
        if (options.body !== undefined) headers["content-type"] = "application/json; charset=utf-8";
        const call: HttpCall = {
          method: options.method,
          url: options.url,
          headers,
          ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
          signal: options.signal,
          ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        };
        return await sendWithRetry(send, call, { clock, tries: options.tries ?? 3 });
      };
      let answer = await attempt();
      if (answer.status === 401) {
        tokens.drop();
        answer = await attempt();
      }
      const body = parseJson(answer.body);
      if (answer.status < 200 || answer.status > 299) {
        const message = text(body, "errorMessage") ?? text(body, "message") ?? "";
        throw new ServiceError(options.what, answer.status, text(body, "errorKind") ?? "", message);
      }
      return body;
    },
  };
}
