import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import type { RunnerClock } from "../runner-clock.ts";

export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal: AbortSignal;
  /** Without an answer after this long the call fails. Default 100 s, as in the official runner. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends one request; rejects on network trouble, time-out or abort, never because of a status. */
export type HttpClient = (call: HttpCall) => Promise<HttpAnswer>;

const answerBytesMax = 64 * 1024 * 1024; // Far above any job message; a runaway answer must not eat the machine.
const defaultTimeoutMs = 100_000;

export interface HttpClientHandle {
  readonly send: HttpClient;
  /** Drops idle connections, so that nothing keeps the process alive. */
  close(): void;
}

/** A small client on node:http: connections are kept, nothing is retried here. */
export function createHttpClient(options: { readonly verifyTls: boolean }): HttpClientHandle {
  const plain = new HttpAgent({ keepAlive: true, maxFreeSockets: 2 });
  let secure: { request: typeof httpRequest; agent: HttpAgent } | undefined;

  const send: HttpClient = async (call) => {
    call.signal.throwIfAborted();
    const url = new URL(call.url);
    if (url.protocol !== "https:") return await exchange(httpRequest, url, call, { agent: plain });
    if (secure === undefined) {
      // Loaded only when a service speaks TLS: the simulator does not, and start-up time counts.
      const https = await import("node:https");
      secure = {
        request: https.request,
        agent: new https.Agent({ keepAlive: true, maxFreeSockets: 2, rejectUnauthorized: options.verifyTls }),
      };
    }
    return await exchange(secure.request, url, call, { agent: secure.agent });
  };

  return {
    send,
    close() {
      plain.destroy();
      secure?.agent.destroy();
    },
  };
}

function exchange(request: typeof httpRequest, url: URL, call: HttpCall, options: RequestOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const headers: Record<string, string | number> = { ...call.headers };
    if (body !== undefined) headers["content-length"] = body.length;
    else if (call.method !== "GET") headers["content-length"] = 0;
    const outgoing = request(url, { ...options, method: call.method, headers, signal: call.signal }, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax)
          outgoing.destroy(new Error(`The answer of ${url.pathname} is larger than ${answerBytesMax} bytes.`));
        else chunks.push(chunk);
      });
      incoming.on("end", () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        });
      });
      incoming.on("error", reject);
    });
    const timeoutMs = call.timeoutMs ?? defaultTimeoutMs;
    outgoing.setTimeout(timeoutMs, () => {
      outgoing.destroy(new Error(`${call.method} ${url.pathname} got no answer for ${timeoutMs} ms.`));
    });
    outgoing.on("error", (error) => {
      reject(call.signal.aborted ? (call.signal.reason as Error) : error);
    });
    outgoing.end(body);
  });
}

const transientStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * The retry every call of the official runner has: network trouble and 502, 503, 504 are tried three times in all, with
 * growing pauses. What comes back after that, status or error, is the caller's to judge.
 */
export async function sendWithRetry(
  send: HttpClient,
  call: HttpCall,
  options: { readonly clock: RunnerClock; readonly alsoRetry?: ReadonlySet<number>; readonly tries?: number },
): Promise<HttpAnswer> {
  const tries = options.tries ?? 3;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await send(call);
      const transient = transientStatuses.has(answer.status) || options.alsoRetry?.has(answer.status) === true;
      if (!transient || attempt >= tries) return answer;
    } catch (error) {
      if (call.signal.aborted || attempt >= tries) throw error;
    }
    await options.clock.sleep(1000 * 2 ** (attempt - 1), call.signal);
  }
}
