import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeReadModel } from "../../test/fakes/read-model.ts";
import { ManualClock } from "../../test/fakes/manual-clock.ts";
import { redact } from "../telemetry/redact.ts";
import { startServer, type RunningServer } from "./start-server.ts";

const token = "a-token-of-the-test-0123456789";
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
let model: FakeReadModel;
let clock: ManualClock;
let server: RunningServer;
let clients: ClientRequest[];

beforeEach(async () => {
  model = new FakeReadModel();
  clock = new ManualClock();
  clients = [];
  server = await startServer({
    listen: "127.0.0.1:0",
    token,
    readModel: model,
    operations: model,
    metrics: { render: () => Promise.resolve({ contentType: "text/plain", body: "" }) },
    clock,
    log: silent,
    redact,
    pace: { heartbeatMs: 15_000, retryMs: 2_000, slowClientMs: 10_000 },
    maxStreams: 3,
  });
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await server.close();
});

/** Lets everything run that waits for nothing but the event loop and loopback sockets, until `done`. */
async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000; turn += 1) {
    if (done()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("It did not come to pass.");
}

async function open(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(server.addresses[0] ?? "");
  const request = httpRequest({
    host: hostname,
    port,
    path,
    agent: false,
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", ...headers },
  });
  clients.push(request);
  request.on("error", () => undefined);
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function listen(path = "/api/v1/events", headers: Record<string, string> = {}) {
  const response = await open(path, headers);
  let text = "";
  let ended = false;
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => (text += chunk));
  response.on("end", () => (ended = true));
  response.on("error", () => undefined);
  const events = () =>
    text
      .split("\n\n")
      .slice(0, -1)
      .map((block) =>
        Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string])),
      );
  const stream = {
    response,
    text: () => text,
    ended: () => ended,
    events,
    sequences: () =>
      events()
        .filter((event) => event["event"] === "entry")
        .map((event) => Number(event["id"])),
  };
  await until(() => events().length > 0 || ended);
  return stream;
}

describe("live events", () => {
  test("begin with which incarnation speaks and how long to wait before coming again", async () => {
    const stream = await listen();

    expect(stream.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(stream.response.headers["cache-control"]).toBe("no-store");
    expect(stream.events()[0]).toEqual({
      retry: "2000",
      event: "hello",
      data: JSON.stringify({ installation: "acme-eu", incarnation: "k3m9" }),
    });
  });

  test("without a place to resume from, only what comes from now on is told", async () => {
    model.record({ kind: "seen" });
    const stream = await listen();
    model.record({ kind: "matched", job: "j", reason: "two\nlines" });
    await until(() => stream.sequences().length > 0);

    expect(stream.events().at(-1)).toMatchObject({ id: "2", event: "entry" });
    expect(JSON.parse(stream.events().at(-1)?.["data"] ?? "")).toMatchObject({ sequence: 2, reason: "two\nlines" });
  });

  test("a client that comes again misses nothing and gets nothing twice", async () => {
    for (let n = 1; n <= 450; n += 1) model.record({ kind: "seen", job: `j${n}` });
    const stream = await listen("/api/v1/events?after=3", { "last-event-id": "10" });
    await until(() => stream.sequences().length === 440);
    for (let n = 1; n <= 10; n += 1) model.record({ kind: "matched" });
    await until(() => stream.sequences().length === 450);

    expect(stream.sequences()).toEqual(Array.from({ length: 450 }, (_, index) => index + 11));
  });

  test("the address may say where to begin", async () => {
    for (let n = 1; n <= 3; n += 1) model.record({ kind: "seen" });
    const stream = await listen("/api/v1/events?after=1");
    await until(() => stream.sequences().length === 2);

    expect(stream.sequences()).toEqual([2, 3]);
  });

  test("a place that this incarnation never reached is answered with a reset and everything that is known", async () => {
    model.record({ kind: "seen" });
    const stream = await listen("/api/v1/events", { "last-event-id": "900" });
    await until(() => stream.sequences().length === 1);

    expect(stream.events().map((event) => event["event"])).toEqual(["hello", "reset", "entry"]);
  });

  test("a place that is no number is refused", async () => {
    const response = await open("/api/v1/events", { "last-event-id": "x'y" });

    expect(response.statusCode).toBe(400);
    response.resume();
  });

  test("silence is broken by heartbeats, so that both ends know of each other", async () => {
    const stream = await listen();
    await until(() => clock.sleeperCount > 0);
    clock.advance(15_000);
    await until(() => stream.text().includes(": still here\n\n"));
    await until(() => clock.sleeperCount > 0);
    clock.advance(15_000);
    await until(() => stream.text().split(": still here\n\n").length === 3);
  });

  test("no event carries a secret", async () => {
    const stream = await listen();
    model.record({ kind: "seen", reason: "ghs_16C7e42F292c6912E7710c838347Ae178B4a" });
    await until(() => stream.sequences().length === 1);

    expect(stream.text()).not.toContain("16C7e42F292c6912E7710c838347Ae178B4a");
  });
});

describe("bounds of event streams", () => {
  test("a client that takes nothing for ten seconds is dropped, the others stay", async () => {
    const slow = await open("/api/v1/events?after=0");
    slow.pause();
    await until(() => model.listenerCount === 1);
    for (let n = 0; n < 2_000; n += 1) model.record({ kind: "seen", reason: "x ".repeat(8_000) });
    await until(() => clock.sleeperCount > 0);
    const quick = await listen();
    clock.advance(10_000);
    await until(() => model.listenerCount === 1);
    model.record({ kind: "matched" });
    await until(() => quick.sequences().length === 1);

    expect(quick.sequences()).toEqual([2_001]);
  });

  test("a client that leaves is forgotten", async () => {
    const stream = await listen();
    expect(model.listenerCount).toBe(1);
    stream.response.destroy();
    await until(() => model.listenerCount === 0);
  });

  test("one stream too many is refused, and taken once another one ended", async () => {
    const streams = [await listen(), await listen(), await listen()];
    const refused = await open("/api/v1/events");
    expect(refused.statusCode).toBe(503);
    refused.resume();

    streams[0]?.response.destroy();
    await until(() => model.listenerCount === 2);
    await listen();
  });

  test("a stream needs the token", async () => {
    const response = await open("/api/v1/events", { authorization: "Bearer wrong-wrong-wrong-wrong" });

    expect(response.statusCode).toBe(401);
    response.resume();
  });

  test("closing the server ends every stream properly", async () => {
    const streams = [await listen(), await listen()];
    await server.close();
    await until(() => streams.every((stream) => stream.ended()));

    expect(model.listenerCount).toBe(0);
  });
});
