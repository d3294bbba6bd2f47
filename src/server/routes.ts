import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../core/ports/clock.ts";
import type { Operations, ReadModel } from "../core/ports/read-model.ts";
import { badRequest, notFound, tooManyStreams } from "./api-error.ts";
import { streamEvents, type EventStreamPace } from "./event-stream.ts";
import { numberIn, textIn } from "./query.ts";
import { unknownJob } from "./unknown-job.ts";

export interface RouteParts {
  readonly readModel: ReadModel;
  readonly operations: Operations;
  readonly metrics: { render(): Promise<{ readonly contentType: string; readonly body: string }> };
  readonly clock: Clock;
  /** JSON text in which no string looks like a secret. */
  readonly clean: (value: unknown) => string;
  /** A text in which nothing looks like a secret. */
  readonly redact: (text: string) => string;
  readonly pace: EventStreamPace;
  readonly streams: { open: number; readonly max: number };
  /** Fires when the server closes. */
  readonly closing: AbortSignal;
}

const listLimit = { min: 1, max: 10_000, fallback: 1000 };
const eventLimit = { min: 1, max: 1000, fallback: 100 };
const logBytes = { min: 1, max: 1_048_576, fallback: 65_536 };
const anySequence = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 };

/** Every address Drover answers on. Lists stand under a name, so that facts about a list can join it later. */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { readModel, operations, metrics, redact } = parts;

  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", (_request, reply) => {
    const { ready } = readModel.overview();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "starting" });
  });
  app.get("/metrics", async (_request, reply) => {
    const { contentType, body } = await metrics.render();
    return reply.header("content-type", contentType).serializer(String).send(body);
  });

  app.get("/api/v1/overview", () => readModel.overview());
  app.get("/api/v1/pools", () => ({ pools: readModel.pools() }));
  app.get("/api/v1/runners", ({ query }) => {
    const { total, page } = pageOf(readModel.runners(), query);
    return { total, runners: page };
  });
  app.get("/api/v1/jobs", ({ query }) => {
    const { total, page } = pageOf(readModel.jobs(), query);
    return { total, jobs: page };
  });
  app.get<{ Params: { id: string } }>("/api/v1/jobs/:id/why", async ({ params, signal }) => {
    const why = await readModel.why(params.id, { signal });
    if (why !== undefined) return why;
    throw unknownJob(readModel);
  });
  app.get<{ Params: { name: string } }>("/api/v1/runners/:name/log", async ({ params, query, signal }, reply) => {
    const maxBytes = numberIn(query, "maxBytes", logBytes);
    const text = await readModel.runnerLog(params.name, { signal, maxBytes });
    if (text !== undefined) {
      return reply.header("content-type", "text/plain; charset=utf-8").serializer(String).send(redact(text));
    }
    throw notFound(
      "No provider knows a runner of this name; the log of a runner goes with it.",
      "List the runners with `drover runners` or GET /api/v1/runners.",
    );
  });
  app.get("/api/v1/events", (request, reply) =>
    wantsStream(request) ? openStream(request, reply, parts) : eventPage(request, readModel),
  );

  for (const [verb, drained] of [
    ["drain", true],
    ["resume", false],
  ] as const) {
    app.post<{ Params: { name: string } }>(`/api/v1/pools/:name/${verb}`, ({ params }) => {
      if (operations.setDrained(params.name, drained)) return { pool: params.name, drained };
      throw notFound("No pool has this name.", "List the pools with `drover status` or GET /api/v1/pools.");
    });
  }
}

function pageOf<Row extends { readonly pool: string }>(
  rows: readonly Row[],
  query: unknown,
): { readonly total: number; readonly page: readonly Row[] } {
  const pool = textIn(query, "pool");
  const chosen = pool === undefined ? rows : rows.filter((row) => row.pool === pool);
  return { total: chosen.length, page: chosen.slice(0, numberIn(query, "limit", listLimit)) };
}

function eventPage(request: FastifyRequest, readModel: ReadModel) {
  const after = numberIn(request.query, "after", anySequence);
  const events = readModel.events(after, numberIn(request.query, "limit", eventLimit));
  return { events, next: events.at(-1)?.sequence ?? after };
}

function wantsStream(request: FastifyRequest): boolean {
  return /(?:^|[\s,])text\/event-stream(?:$|[\s,;])/i.test(request.headers.accept ?? "");
}

async function openStream(request: FastifyRequest, reply: FastifyReply, parts: RouteParts): Promise<FastifyReply> {
  const after = resumePoint(request);
  const { streams } = parts;
  if (streams.open >= streams.max) throw tooManyStreams(streams.max);
  streams.open += 1;
  try {
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream; charset=utf-8",
      "x-accel-buffering": "no",
    });
    await streamEvents(reply.raw, { ...parts, after, signal: parts.closing });
  } finally {
    streams.open -= 1;
  }
  return reply;
}

/** What the browser remembers goes before what the address says: the address is of the first connection. */
function resumePoint(request: FastifyRequest): number | undefined {
  const remembered = request.headers["last-event-id"];
  if (typeof remembered === "string" && remembered !== "") {
    if (/^\d{1,15}$/.test(remembered)) return Number(remembered);
    throw badRequest(
      "Last-Event-ID is none of this stream's ids.",
      "Send the last id that was received, or leave it out.",
    );
  }
  return textIn(request.query, "after") === undefined ? undefined : numberIn(request.query, "after", anySequence);
}
