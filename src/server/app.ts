import { STATUS_CODES } from "node:http";
import { fastify, type FastifyInstance, type FastifyReply } from "fastify";
import { asApiError, badRequest, notFound } from "./api-error.ts";
import { admit, type Gate } from "./gate.ts";
import { addRoutes, type RouteParts } from "./routes.ts";
import type { ServerLog } from "./server-log.ts";

/** Bounds of one listener. Nothing a client does may hold a connection, memory or a handler for longer. */
const bounds = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  handlerTimeoutMs: 30_000,
  idleConnectionMs: 60_000,
  keepAliveMs: 5_000,
  headerBytes: 16_384,
  bodyBytes: 16_384,
  connections: 512,
};

/** One listener's HTTP application: gate, routes, errors. Not yet listening. */
export function buildApp(parts: RouteParts & { readonly gate: Gate; readonly log: ServerLog }): FastifyInstance {
  const app = fastify({
    logger: false,
    http: {
      headersTimeout: bounds.headersTimeoutMs,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: bounds.headerBytes,
    },
    requestTimeout: bounds.requestTimeoutMs,
    handlerTimeout: bounds.handlerTimeoutMs,
    connectionTimeout: bounds.idleConnectionMs,
    keepAliveTimeout: bounds.keepAliveMs,
    bodyLimit: bounds.bodyBytes,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (_error, _request, reply) => {
      const refusal = badRequest("The address of this request cannot be read.", "Percent-encode the path as UTF-8.");
      void (reply as FastifyReply).code(refusal.status).send(refusal.body());
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === "ECONNRESET" || !socket.writable) return socket.destroy();
      const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
      const body = JSON.stringify(asApiError({ statusCode: status }).body());
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  });
  app.server.maxConnections = bounds.connections;
  app.setReplySerializer((payload) => parts.clean(payload));

  app.addHook("onRequest", (request, reply, done) => {
    void reply.headers({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    const { host, origin, authorization } = request.headers;
    try {
      admit(parts.gate, { path: request.url.split("?", 1)[0] ?? "", host, origin, authorization });
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = asApiError(error);
    if (refusal.status === 401) void reply.header("www-authenticate", 'Bearer realm="drover"');
    if (refusal.status >= 500) {
      parts.log.error({ err: error, method: request.method, route: request.routeOptions.url }, "request failed");
    }
    return reply.code(refusal.status).send(refusal.body());
  });
  app.setNotFoundHandler(() => {
    throw notFound(
      "There is nothing at this address.",
      "The API reference lists every address; they begin with /api/v1/.",
    );
  });
  addRoutes(app, parts);
  return app;
}
