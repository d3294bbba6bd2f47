import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** Where a call goes: an origin such as `http://127.0.0.1:8080`, or a Unix socket. */
export type CallTarget = { readonly origin: string } | { readonly socket: string };

export interface CallRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With query, starting with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

export interface CallResponse {
  readonly status: number;
  readonly text: string;
}

const defaultTimeoutMs = 15_000;
const longestBody = 64 * 1_048_576;

/** One HTTP call of the command line, without keep-alive. Rejects with the system's error when no answer comes. */
export async function httpCall(target: CallTarget, call: CallRequest): Promise<CallResponse> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers = {
    accept: "application/json, text/plain;q=0.9",
    ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    ...call.headers,
  };
  const options = { method: call.method, headers, agent: false, signal: call.signal } as const;
  return await new Promise((resolve, reject) => {
    const request =
      "socket" in target
        ? httpRequest({ ...options, socketPath: target.socket, path: call.path, host: "localhost" })
        : requesterOf(target.origin)(new URL(call.path, target.origin), options);
    request.setTimeout(call.timeoutMs ?? defaultTimeoutMs, () => {
      request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestBody) request.destroy(new Error("the answer is larger than 64 MiB"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.end(body);
  });
}

function requesterOf(origin: string): typeof httpRequest {
  return origin.startsWith("https:") ? httpsRequest : httpRequest;
}

/** Why no answer came, in a few words. */
export function callFailure(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ENOENT":
      return "there is no such socket";
    case "EACCES":
      return "this user may not open it";
    case "ETIMEDOUT":
      return "no answer came in time";
    case "ENOTFOUND":
      return "the host's name is not known";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
