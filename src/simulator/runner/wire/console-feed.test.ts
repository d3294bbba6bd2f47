import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { ManualClock } from "../testing/manual-clock.ts";
import { type ConsoleFeed, createConsoleFeed } from "./console-feed.ts";

interface Batch {
  readonly count: number;
  readonly value: readonly string[];
  readonly stepId: string;
  readonly startLine: number;
}

let server: WebSocketServer;
let clock: ManualClock;
let feed: ConsoleFeed;
let batches: Batch[] = [];
let authorizations: (string | undefined)[] = [];
let attempts = 0;
let refuse = false;
let onBatch: () => void = () => undefined;
let onAttempt: () => void = () => undefined;
let connections: WebSocket[] = [];

beforeEach(async () => {
  batches = [];
  authorizations = [];
  connections = [];
  attempts = 0;
  refuse = false;
  clock = new ManualClock();
  const verifyClient = (): boolean => {
    attempts += 1;
    onAttempt();
    return !refuse;
  };
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, verifyClient });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket, request) => {
    connections.push(socket);
    authorizations.push(request.headers.authorization);
    socket.on("message", (message) => {
      batches.push(JSON.parse(String(message)) as Batch);
      onBatch();
    });
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/feed`;
  feed = createConsoleFeed({ url, jobToken: "job-token", clock, verifyTls: true });
});

afterEach(async () => {
  await feed.close();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

async function batchCount(count: number): Promise<void> {
  await new Promise<void>((resolve) => {
    onBatch = () => (batches.length >= count ? resolve() : undefined);
    onBatch();
  });
}

describe("live console", () => {
  test("lines go in one batch a step every 300 ms, with the job's token and the number of the first line", async () => {
    feed.push("step-1", 1, "one");
    feed.push("step-1", 2, "two");
    feed.push("step-2", 1, "three");
    await clock.passSleepOf(300);
    await batchCount(2);

    expect(batches).toEqual([
      { count: 2, value: ["one", "two"], stepId: "step-1", startLine: 1 },
      { count: 1, value: ["three"], stepId: "step-2", startLine: 1 },
    ]);
    expect(authorizations).toEqual(["Bearer job-token"]);
  });

  test("a line is cut at 1024 characters", async () => {
    feed.push("s", 1, "x".repeat(5_000));
    await clock.passSleepOf(300);
    await batchCount(1);

    expect(batches[0]?.value[0]).toHaveLength(1024);
  });

  test("when lines come faster than they can be sent the newest are shown, at their numbers", async () => {
    for (let line = 1; line <= 10_000; line++) feed.push("s", line, String(line));
    await clock.passSleepOf(300);
    await batchCount(1);

    expect(batches[0]).toMatchObject({ count: 4_000, startLine: 6_001 });
    expect(batches[0]?.value.at(-1)).toBe("10000");
  });

  test("closing sends what waits on a connection that stands", async () => {
    feed.push("s", 1, "first");
    await clock.passSleepOf(300);
    await batchCount(1);
    feed.push("s", 2, "last");
    await feed.close();
    await batchCount(2);

    expect(batches[1]?.value).toEqual(["last"]);
  });

  test("a connection that broke is made again", async () => {
    feed.push("s", 1, "one");
    await clock.passSleepOf(300);
    await batchCount(1);
    const gone = new Promise((resolve) => connections[0]?.once("close", resolve));
    connections[0]?.close();
    await gone;
    feed.push("s", 2, "two");
    await clock.passSleepOf(300);
    await batchCount(2);

    expect(batches[1]).toMatchObject({ value: ["two"], startLine: 2 });
  });

  test("after three refusals it gives up, and the job never notices", async () => {
    refuse = true;
    for (let attempt = 1; attempt <= 3; attempt++) {
      feed.push("s", attempt, "x");
      const asked = new Promise<void>((resolve) => (onAttempt = resolve));
      await clock.passSleepOf(300);
      await asked;
    }
    await feed.close();
    feed.push("s", 4, "x");

    expect(attempts).toBe(3);
    expect(clock.sleeping()).toEqual([]);
  });
});
