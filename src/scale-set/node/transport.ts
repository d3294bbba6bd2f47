import { rootCertificates } from "node:tls";
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { Agent, ProxyAgent, type Dispatcher } from "undici";
import type { CallOptions, HttpRequest, HttpResponse, Transport } from "../ports.ts";
import { proxyFor, type ProxySettings } from "./proxy-choice.ts";
import { transportFailure, TransportFailure } from "./transport-failure.ts";

export { proxyFromEnvironment, type ProxySettings } from "./proxy-choice.ts";

export interface NodeTransportOptions {
  /** Roots to trust, PEM, instead of the built-in ones. An intermediate authority alone is enough. */
  readonly ca?: string | readonly string[];
  /** Roots to trust, PEM, besides the built-in ones. */
  readonly extraCa?: string | readonly string[];
  /** Accept any certificate. Only for tests and emergencies: tokens travel over this connection. */
  readonly skipVerify?: boolean;
  /** One proxy for every request, loopback included; or one by scheme, loopback excluded. Default: none. */
  readonly proxy?: string | ProxySettings;
}

const connectTimeoutMs = 30_000;
const keepAliveMs = 90_000;
const redirectMax = 10;
/** Larger answers are refused: nothing that GitHub sends here comes near. */
const bodyMaxBytes = 64 * 1024 * 1024;
const unzip = promisify(gunzip);

/**
 * HTTP over undici. No time limit of its own after the connection stands: a long poll lasts as long as its signal lets
 * it. Each request in flight has its own connection, so that polls never hold up other calls. Redirects within their
 * origin are followed where that repeats the request as it was: a GET always, the others for 307 and 308, with which
 * GitHub answers for a renamed repository. Every other redirect is handed back as the answer it is.
 */
export class NodeTransport implements Transport {
  readonly #proxy: string | ProxySettings | undefined;
  readonly #agentOptions: Agent.Options;
  readonly #tls: object;
  readonly #direct: Agent;
  readonly #proxies = new Map<string, ProxyAgent>();

  constructor(options: NodeTransportOptions = {}) {
    this.#proxy = options.proxy;
    const extra = options.extraCa === undefined ? [] : [options.extraCa].flat();
    const ca = options.ca !== undefined ? [options.ca].flat() : extra.length > 0 ? [...rootCertificates] : [];
    this.#tls = {
      timeout: connectTimeoutMs,
      ...(ca.length > 0 ? { ca: [...ca, ...extra], allowPartialTrustChain: true } : {}),
      ...(options.skipVerify === true ? { rejectUnauthorized: false } : {}),
    };
    this.#agentOptions = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keepAliveMs };
    this.#direct = new Agent({ ...this.#agentOptions, connect: this.#tls });
  }

  async send(request: HttpRequest, { signal }: CallOptions): Promise<HttpResponse> {
    let url = parseUrl(request.url);
    let path = rawPath(request.url);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#sendOnce(request, url.origin, path, signal);
      const next = keepsMethod(request, response) ? redirectTarget(response, url) : undefined;
      if (next === undefined) return response;
      if (redirects >= redirectMax) {
        throw new TransportFailure(`${url.origin}: more than ${redirectMax} redirects`, { permanent: true });
      }
      url = next;
      path = `${next.pathname}${next.search}`;
    }
  }

  /** Closes idle connections and ends those in use. */
  async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((dispatcher) => dispatcher.destroy()));
  }

  async #sendOnce(request: HttpRequest, origin: string, path: string, signal: AbortSignal): Promise<HttpResponse> {
    signal.throwIfAborted();
    try {
      const response = await this.#dispatcherFor(new URL(origin)).request({
        origin,
        path,
        method: request.method,
        headers: { ...request.headers, "Accept-Encoding": "gzip" },
        body: request.body ?? null,
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return {
        status: response.statusCode,
        statusText: response.statusText,
        headers: joinHeaders(response.headers),
        body: await readBody(response, origin),
      };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof TransportFailure ? error : transportFailure(error, origin);
    }
  }

  #dispatcherFor(url: URL): Dispatcher {
    const proxy = typeof this.#proxy === "object" ? proxyFor(url, this.#proxy) : this.#proxy;
    if (proxy === undefined || proxy === "") return this.#direct;
    let agent = this.#proxies.get(proxy);
    if (agent === undefined) {
      const tls = { requestTls: this.#tls, proxyTls: this.#tls };
      // Quoted nowhere: it may hold a password.
      if (!URL.canParse(proxy)) {
        const message =
          "The proxy's URL cannot be read. Write it as http://host:port, with special characters of a password escaped.";
        throw new TransportFailure(message, { permanent: true });
      }
      // Plain http goes through the proxy as it is; only https needs a tunnel.
      agent = new ProxyAgent({ ...this.#agentOptions, uri: proxy, proxyTunnel: false, ...tls });
      this.#proxies.set(proxy, agent);
    }
    return agent;
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TransportFailure("The request's URL is not an absolute http or https URL.", { permanent: true });
  }
  return url;
}

// As it was given: the URL class would rewrite some of it, and queue URLs are opaque.
function rawPath(url: string): string {
  const path = /^[^/?#]*\/\/[^/?#]*([^#]*)/.exec(url)?.[1] ?? "";
  return path.startsWith("/") ? path : `/${path}`;
}

function keepsMethod(request: HttpRequest, { status }: HttpResponse): boolean {
  return request.method === "GET" || status === 307 || status === 308;
}

function redirectTarget(response: HttpResponse, from: URL): URL | undefined {
  const location = response.headers["location"];
  if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const target = URL.parse(location, from.href);
  return target !== null && target.origin === from.origin ? target : undefined;
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return joined;
}

// An answer that breaks off counts as permanent: its request took effect, so sending it again is for the caller to decide.
async function readBody(response: Dispatcher.ResponseData, origin: string): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > bodyMaxBytes) throw new Error(`more than ${bodyMaxBytes} bytes`);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    return (bytes.length > 0 ? await unpacked(bytes, response) : bytes).toString("utf8");
  } catch (error) {
    // A status that has no body says everything by itself, whatever a server sends behind it.
    if (bodiless.has(response.statusCode)) return "";
    const words = error instanceof Error ? error.message : String(error);
    throw new TransportFailure(`${origin}: the answer broke off (${words})`, { cause: error, permanent: true });
  }
}

const bodiless = new Set([204, 205, 304]);

/** Undoes the compression that was offered. */
async function unpacked(bytes: Buffer, { headers }: Dispatcher.ResponseData): Promise<Buffer> {
  const coding = [headers["content-encoding"] ?? ""].flat().join(", ").trim().toLowerCase();
  switch (coding) {
    case "":
    case "identity":
      return bytes;
    case "gzip":
    case "x-gzip":
      return unzip(bytes, { maxOutputLength: bodyMaxBytes });
    default:
      throw new Error(`compressed as ${coding.slice(0, 40)}, which was not asked for`);
  }
}
