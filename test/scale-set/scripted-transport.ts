import type { HttpRequest, HttpResponse, Transport } from "../../src/scale-set/ports.ts";

export type Scripted = HttpResponse | Error | "hang";
export type Script = (request: HttpRequest, index: number) => Scripted | Promise<Scripted> | undefined;

/** A transport whose answers a test writes down; keeps every request. */
export class ScriptedTransport implements Transport {
  readonly requests: HttpRequest[] = [];
  script: Script;

  constructor(script: Script | readonly Scripted[]) {
    this.script = typeof script === "function" ? script : (_request, index) => script[index];
  }

  async send(request: HttpRequest, { signal }: { readonly signal: AbortSignal }): Promise<HttpResponse> {
    signal.throwIfAborted();
    this.requests.push(request);
    const answer = await this.script(request, this.requests.length - 1);
    if (answer === undefined) throw new Error(`No answer is written down for ${request.method} ${request.url}`);
    if (answer === "hang") return untilAborted(signal);
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
  });
}

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** An answer; a string body goes out as it is, anything else as JSON. */
export function answer(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    statusText: reasons[status] ?? "",
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** The service's way to tell of an exception. */
export function exception(status: number, typeName: string, message: string): HttpResponse {
  return answer(status, { $id: "1", typeName: `GitHub.X.${typeName}, GitHub.X`, typeKey: typeName, message });
}

/** An unsigned JWT that ends at `expiresAtMs`. */
export function jwt(expiresAtMs: number, claims: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ exp: Math.floor(expiresAtMs / 1000), ...claims })}.signature`;
}

export const never = new AbortController().signal;
