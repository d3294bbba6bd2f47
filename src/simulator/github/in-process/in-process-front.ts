import { type ApiRequest, type Outcome, PendingReply } from "../api/exchange.ts";
import type { Router } from "../api/router.ts";

/** One HTTP exchange as data, in the shape that transports of clients use. */
export interface InProcessRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface InProcessResponse {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface InProcessFront {
  /**
   * Handles the request before it returns; the promise settles with the answer, which for a parked poll comes by a later
   * command of the model. Nothing else ever delays it.
   *
   * @throws the signal's reason when it fires first; the request has taken effect.
   * @throws what `connectionError` makes when a fault breaks the connection.
   */
  send(request: InProcessRequest, options: { readonly signal: AbortSignal }): Promise<InProcessResponse>;
}

/**
 * The router as a transport without sockets.
 *
 * @param options.connectionError makes the error of the caller's own kind for a connection that broke.
 */
export function inProcessFront(options: {
  readonly router: Router;
  readonly connectionError?: (message: string) => Error;
}): InProcessFront {
  const connectionError = options.connectionError ?? ((message: string) => new Error(message));
  return {
    send: (request, { signal }) =>
      new Promise<InProcessResponse>((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const settle = (outcome: Outcome): void => {
          if (outcome === "reset") {
            reject(
              connectionError(`${request.method} ${request.url}: the connection was reset before an answer came.`),
            );
          } else {
            resolve({
              status: outcome.status,
              statusText: statusTexts[outcome.status] ?? "",
              headers: uncoded(outcome.headers),
              body: outcome.body,
            });
          }
        };
        const reply = options.router.handle(apiRequest(request));
        if (!(reply instanceof PendingReply)) {
          settle(reply);
          return;
        }
        const abort = (): void => {
          reply.abandon();
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        reply.whenSettled((outcome) => {
          signal.removeEventListener("abort", abort);
          settle(outcome);
        });
      }),
  };
}

/** There is no wire, so nothing is compressed or cut into chunks on it. */
function uncoded(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (headers["content-encoding"] === undefined && headers["transfer-encoding"] === undefined) return headers;
  const { "content-encoding": _coding, "transfer-encoding": _transfer, ...rest } = headers;
  return rest;
}

function apiRequest(request: InProcessRequest): ApiRequest {
  const { url } = request;
  const authority = url.indexOf("://") + 3;
  let pathStart = url.indexOf("/", authority);
  if (pathStart < 0) pathStart = url.length;
  const question = url.indexOf("?", pathStart);
  const headers: Record<string, string> = {};
  for (const name of Object.keys(request.headers)) headers[name.toLowerCase()] = request.headers[name] ?? "";
  return {
    method: request.method,
    path: url.slice(pathStart, question < 0 ? undefined : question) || "/",
    search: question < 0 ? "" : url.slice(question + 1),
    headers,
    body: request.body ?? "",
    origin: url.slice(0, pathStart),
  };
}

const statusTexts: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
