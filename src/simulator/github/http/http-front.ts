import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Router } from "../api/router.ts";
import { type ApiRequest, type Outcome, PendingReply } from "../api/exchange.ts";
import type { GitHubModel } from "../model/github-model.ts";
import { ModelTimer } from "./model-timer.ts";

/** Largest request body; log blocks are the largest that clients send. */
const bodyBytesMax = 16 * 1024 * 1024;

/** Thousands of runners and their polls fit; a client that leaks connections is stopped. */
const connectionsMax = 8_192;

export interface HttpFront {
  readonly server: Server;
  /** `http://127.0.0.1:4000`, without a slash at the end. */
  readonly url: string;
  /** Answers parked polls with "nothing", waits for answers being written, and closes every connection. */
  close(): Promise<void>;
}

/**
 * Serves a router on a real socket. Listens before it resolves.
 *
 * @param options.serve called once with the URL, before the first request is read: what is served may have to know it.
 * @throws what `listen` fails with, such as EADDRINUSE.
 */
export async function openHttpFront(options: {
  readonly serve: (url: string) => { readonly model: GitHubModel; readonly router: Router };
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}): Promise<HttpFront> {
  const server = createServer();
  // A long poll is silent for most of a minute; only the head of a request has to hurry.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 90_000;
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { address, family, port } = server.address() as AddressInfo;
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  const { model, router } = options.serve(url);
  const timer = new ModelTimer(model);
  server.on("request", (request, response) => serve(router, request, response));
  timer.start();
  return {
    server,
    url,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      model.releasePolls();
      timer.stop();
      server.closeIdleConnections();
      // Whoever has not read its answer by now (a second is long on loopback) is cut off.
      const patience = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(patience);
    },
  };
}

function serve(router: Router, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= bodyBytesMax) chunks.push(chunk);
  });
  request.on("error", () => response.destroy());
  request.on("end", () => {
    if (sizeBytes > bodyBytesMax) {
      response.writeHead(413, { "content-type": "text/plain", connection: "close" });
      response.end(`The request body is larger than ${bodyBytesMax} bytes.`);
      return;
    }
    try {
      answer(router, requestOf(request, Buffer.concat(chunks)), response);
    } catch (error) {
      // One request found a defect; the jobs of everybody else go on.
      process.emitWarning(error instanceof Error ? error : String(error));
      response.writeHead(500, { "content-type": "text/plain" });
      response.end("The simulator failed while it handled this request; its standard error says how.");
    }
  });
}

function answer(router: Router, request: ApiRequest, response: ServerResponse): void {
  const reply = router.handle(request);
  if (!(reply instanceof PendingReply)) {
    write(reply, response);
    return;
  }
  response.on("close", () => {
    if (!response.writableFinished) reply.abandon();
  });
  reply.whenSettled((outcome) => write(outcome, response));
}

function write(outcome: Outcome, response: ServerResponse): void {
  if (outcome === "reset") {
    response.destroy();
    return;
  }
  const { lost } = outcome;
  if (response.destroyed) {
    lost?.();
    return;
  }
  if (lost !== undefined) {
    response.once("close", () => {
      if (!response.writableFinished) lost();
    });
  }
  const isCompressed = outcome.headers["content-encoding"] === "gzip";
  const body = isCompressed ? gzipSync(outcome.body) : Buffer.from(outcome.body);
  const hasBody = outcome.status !== 204 && outcome.status !== 304;
  const isMeasured = outcome.headers["content-length"] !== undefined;
  const hasLength = hasBody && !isMeasured && outcome.headers["transfer-encoding"] === undefined;
  response.writeHead(outcome.status, {
    ...outcome.headers,
    ...(hasLength ? { "content-length": String(body.length) } : {}),
  });
  response.end(hasBody && body.length > 0 ? body : undefined);
}

function requestOf(request: IncomingMessage, bytes: Buffer): ApiRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  let target = request.url ?? "/";
  let origin = `http://${headers["host"] ?? "127.0.0.1"}`;
  // A client behind a proxy writes the whole URL; then that is the origin it knows.
  const absolute = /^(https?:\/\/[^/?#]+)(.*)$/i.exec(target);
  if (absolute !== null) {
    origin = absolute[1] ?? origin;
    target = absolute[2] === "" ? "/" : (absolute[2] ?? "/");
  }
  const question = target.indexOf("?");
  return {
    method: request.method ?? "GET",
    path: question < 0 ? target : target.slice(0, question),
    search: question < 0 ? "" : target.slice(question + 1),
    headers,
    body: bytes.toString("utf8"),
    bytes,
    origin,
  };
}
