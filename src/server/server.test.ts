import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeReadModel, jobView, poolView, runnerView } from "../../test/fakes/read-model.ts";
import { ManualClock } from "../../test/fakes/manual-clock.ts";
import { redact } from "../telemetry/redact.ts";
import { buildApp } from "./app.ts";
import { startServer, type RunningServer, type ServerOptions } from "./start-server.ts";

const token = "a-token-of-the-test-0123456789";
let folder: string;
let model: FakeReadModel;
let clock: ManualClock;
let running: RunningServer[];
const logged: { level: string; facts: object; message: string }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-server-"));
  model = new FakeReadModel();
  clock = new ManualClock(5000);
  running = [];
  logged.length = 0;
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.close()));
  await rm(folder, { recursive: true });
});

const logCalls = (level: string) => (facts: object, message: string) => void logged.push({ level, facts, message });

async function serve(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({
    listen: "127.0.0.1:0",
    token,
    readModel: model,
    operations: model,
    metrics: { render: () => Promise.resolve({ contentType: "text/plain; version=0.0.4", body: "drover_ready 1\n" }) },
    clock,
    log: { info: logCalls("info"), warn: logCalls("warn"), error: logCalls("error") },
    redact,
    ...options,
  });
  running.push(server);
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown> & { error?: { code: string; message: string; remedy: string } };
}

/** One request with exactly the headers given (fetch would set Host and refuse Origin). */
function call(
  server: RunningServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; socket?: string } = {},
): Promise<Answer> {
  const { port, hostname } = new URL(server.addresses.find((address) => address.startsWith("http")) ?? "http://x");
  const target = options.socket === undefined ? { host: hostname, port } : { socketPath: options.socket };
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...target,
      path,
      method: options.method ?? "GET",
      headers: options.headers,
      agent: false,
    });
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const json = (text.startsWith("{") ? JSON.parse(text) : {}) as Answer["json"];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.end(options.body);
  });
}

const authorized = { authorization: `Bearer ${token}` };

describe("who is let in", () => {
  test.each(["/healthz", "/readyz"])("%s answers without a token", async (path) => {
    expect((await call(await serve(), path)).status).toBe(200);
  });

  test.each([
    ["GET", "/metrics"],
    ["GET", "/api/v1/overview"],
    ["GET", "/api/v1/pools"],
    ["GET", "/api/v1/runners"],
    ["GET", "/api/v1/jobs"],
    ["GET", "/api/v1/jobs/build/why"],
    ["GET", "/api/v1/runners/linux-k3m9-1/log"],
    ["GET", "/api/v1/events"],
    ["POST", "/api/v1/pools/linux/drain"],
    ["POST", "/api/v1/pools/linux/resume"],
    ["GET", "/nowhere"],
    ["GET", "/"],
    ["GET", "/healthz/../api/v1/pools"],
    ["GET", "/healthz%2f..%2fmetrics"],
    ["GET", "//healthz"],
    ["GET", "/HEALTHZ"],
    ["POST", "/api/v1/pools"],
    ["HEAD", "/metrics"],
  ])("%s %s asks for the token before it says anything else", async (method, path) => {
    model.poolViews = [poolView()];
    const answer = await call(await serve(), path, { method });

    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
    if (method !== "HEAD") expect(answer.json.error).toMatchObject({ code: "DROVER_API_UNAUTHORIZED" });
    expect(model.drained.size).toBe(0);
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong-token-wrong-token",
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Basic ${token}`,
    token,
    `Bearer ${token} ${token}`,
  ])("the header %j does not open the door", async (authorization) => {
    expect((await call(await serve(), "/api/v1/pools", { headers: { authorization } })).status).toBe(401);
  });

  test("the token in the address does not open the door", async () => {
    expect((await call(await serve(), `/api/v1/pools?token=${token}&access_token=${token}`)).status).toBe(401);
  });

  test.each([
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "a b",
    "169.254.1.1",
  ])("the Host %j is refused, with the right token and on /healthz too", async (host) => {
    const server = await serve();
    const refused = await call(server, "/api/v1/pools", { headers: { ...authorized, host } });

    expect(refused.status).toBe(403);
    expect(refused.json.error?.code).toBe("DROVER_API_HOST");
    expect((await call(server, "/healthz", { headers: { host } })).status).toBe(403);
  });

  test.each([
    "localhost",
    "localhost:9",
    "127.0.0.1:1234",
    "[::1]:80",
    "LOCALHOST",
    "drover.internal",
    "drover.internal:443",
  ])("the Host %j is ours", async (host) => {
    const server = await serve({ hosts: ["Drover.internal"] });

    expect((await call(server, "/api/v1/pools", { headers: { ...authorized, host } })).status).toBe(200);
  });

  test.each(["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1.evil.example", "file://"])(
    "a request of the origin %j is refused, with the right token too",
    async (origin) => {
      const server = await serve();
      const refused = await call(server, "/api/v1/pools/linux/drain", {
        method: "POST",
        headers: { ...authorized, host: "localhost:8080", origin },
      });

      expect(refused.status).toBe(403);
      expect(refused.json.error?.code).toBe("DROVER_API_ORIGIN");
      expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
    },
  );

  test("a page of this very server may call it", async () => {
    const headers = { ...authorized, host: "localhost:8080", origin: "http://localhost:8080" };

    expect((await call(await serve(), "/api/v1/pools", { headers })).status).toBe(200);
  });

  test("on the Unix socket the file's mode decides: 0600, and no token is asked", async () => {
    const socket = join(folder, "drover.sock");
    const server = await serve({ socket });

    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect((await call(server, "/api/v1/pools", { socket })).status).toBe(200);
    expect((await call(server, "/api/v1/pools")).status).toBe(401);
    expect(server.addresses[1]).toBe(`unix:${socket}`);
  });

  test("a web page is refused on the Unix socket too", async () => {
    const socket = join(folder, "drover.sock");
    const server = await serve({ socket });

    expect((await call(server, "/api/v1/pools", { socket, headers: { origin: "http://evil.example" } })).status).toBe(
      403,
    );
  });
});

describe("the socket's place", () => {
  test("a socket that a dead process left is replaced", async () => {
    const socket = join(folder, "drover.sock");
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(folder, "first.sock"), resolve));
    const { link } = await import("node:fs/promises");
    await link(join(folder, "first.sock"), socket);
    await new Promise((resolve) => dead.close(resolve));

    const server = await serve({ socket });
    expect((await call(server, "/healthz", { socket })).status).toBe(200);
  });

  test("a missing folder is made for this user alone", async () => {
    const socket = join(folder, "state", "drover.sock");
    const server = await serve({ socket });

    expect((await call(server, "/healthz", { socket })).status).toBe(200);
    expect((await stat(join(folder, "state"))).mode & 0o777).toBe(0o700);
  });

  test("the socket of a living process is left alone", async () => {
    const socket = join(folder, "drover.sock");
    const first = await serve({ socket });

    await expect(serve({ socket })).rejects.toMatchObject({ code: "DROVER_API_SOCKET_IN_USE" });
    expect((await call(first, "/healthz", { socket })).status).toBe(200);
  });

  test("a file that is no socket is left alone", async () => {
    const path = join(folder, "notes.txt");
    await writeFile(path, "notes");

    await expect(serve({ socket: path })).rejects.toMatchObject({ code: "DROVER_API_SOCKET_IN_USE" });
    expect(await readFile(path, "utf8")).toBe("notes");
  });
});

describe("what is answered", () => {
  test("readyz is 503 until every pool has observed its world", async () => {
    model.view = { ...model.view, ready: false };
    const server = await serve();

    expect((await call(server, "/readyz")).status).toBe(503);
    expect((await call(server, "/healthz")).status).toBe(200);
    model.view = { ...model.view, ready: true };
    expect((await call(server, "/readyz")).status).toBe(200);
  });

  test("overview, pools, runners and jobs are the read model's own views", async () => {
    model.poolViews = [poolView()];
    model.runnerViews = [runnerView(), runnerView({ name: "arm-1", pool: "arm" })];
    model.jobViews = [jobView()];
    const server = await serve();
    const get = async (path: string) => (await call(server, path, { headers: authorized })).json;

    expect(await get("/api/v1/overview")).toEqual(model.view);
    expect(await get("/api/v1/pools")).toEqual({ pools: model.poolViews });
    expect(await get("/api/v1/runners")).toEqual({ total: 2, runners: model.runnerViews });
    expect(await get("/api/v1/runners?pool=arm&limit=1")).toEqual({ total: 1, runners: [model.runnerViews[1]] });
    expect(await get("/api/v1/runners?limit=1")).toEqual({ total: 2, runners: [model.runnerViews[0]] });
    expect(await get("/api/v1/jobs")).toEqual({ total: 1, jobs: model.jobViews });
  });

  test("why answers by run/name with every character a matrix name may have", async () => {
    model.jobViews = [jobView({ runId: 41, name: "test (24, ubuntu/arm, 50%)" })];
    const path = `/api/v1/jobs/${encodeURIComponent("41/test (24, ubuntu/arm, 50%)")}/why`;
    const answer = await call(await serve(), path, { headers: authorized });

    expect(answer.json).toMatchObject({ verdict: "It waits for a runner.", job: { runId: 41 } });
  });

  test("a runner's log is plain text, its last bytes first to stay", async () => {
    model.logs.set("linux-k3m9-1", "line one\nline two\n");
    const server = await serve();
    const log = await call(server, "/api/v1/runners/linux-k3m9-1/log?maxBytes=9", { headers: authorized });

    expect(log.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(log.text).toBe("line two\n");
  });

  test("metrics come in the format the metrics say", async () => {
    const answer = await call(await serve(), "/metrics", { headers: authorized });

    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4");
    expect(answer.text).toBe("drover_ready 1\n");
  });

  test("drain and resume reach the pool", async () => {
    model.poolViews = [poolView()];
    const server = await serve();
    const post = (path: string) => call(server, path, { method: "POST", headers: authorized });

    expect((await post("/api/v1/pools/linux/drain")).json).toEqual({ pool: "linux", drained: true });
    expect(model.drained.get("linux")).toBe(true);
    expect((await post("/api/v1/pools/linux/resume")).json).toEqual({ pool: "linux", drained: false });
    expect(model.drained.get("linux")).toBe(false);
    expect((await post("/api/v1/pools/nope/drain")).status).toBe(404);
  });

  test("a page of events goes on behind the last one that was read", async () => {
    for (const kind of ["seen", "matched", "reserved"]) model.record({ kind });
    const server = await serve();
    const first = await call(server, "/api/v1/events?limit=2", { headers: authorized });
    const second = await call(server, `/api/v1/events?after=${Number(first.json["next"])}`, { headers: authorized });
    const third = await call(server, `/api/v1/events?after=${Number(second.json["next"])}`, { headers: authorized });

    expect(first.json["events"]).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
    expect(second.json).toMatchObject({ events: [{ sequence: 3, kind: "reserved" }], next: 3 });
    expect(third.json).toEqual({ events: [], next: 3 });
  });
});

describe("a refusal says what happened and what to do", () => {
  test.each([
    ["GET", "/api/v1/nothing", 404],
    ["GET", "/api/v1/jobs/none/why", 404],
    ["GET", "/api/v1/runners/none/log", 404],
    ["GET", "/api/v1/events?after=x", 400],
    ["GET", "/api/v1/events?limit=0", 400],
    ["GET", "/api/v1/events?limit=1001", 400],
    ["GET", "/api/v1/jobs?limit=-1", 400],
    ["GET", "/api/v1/jobs?limit=1&limit=2", 400],
    ["GET", "/api/v1/jobs/%ff/why", 400],
    ["DELETE", "/api/v1/pools", 404],
  ])("%s %s: %i", async (method, path, status) => {
    const answer = await call(await serve(), path, { method, headers: authorized });

    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({
      error: { code: expect.stringMatching(/^DROVER_API_/), message: expect.any(String), remedy: expect.any(String) },
    });
  });

  test("an unknown failure keeps its words for the log", async () => {
    model.pools = () => {
      throw new Error("canary of the inside");
    };
    const answer = await call(await serve(), "/api/v1/pools", { headers: authorized });

    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("canary");
    expect(logged).toMatchObject([{ level: "error", message: "request failed" }]);
  });
});

describe("bounds", () => {
  test("a body beyond the limit is refused", async () => {
    const answer = await call(await serve(), "/api/v1/pools/linux/drain", {
      method: "POST",
      headers: { ...authorized, "content-type": "application/json" },
      body: JSON.stringify({ x: "y".repeat(20_000) }),
    });

    expect(answer.status).toBe(413);
    expect(answer.json.error?.code).toBe("DROVER_API_BODY_TOO_LARGE");
  });

  test("headers beyond the limit are refused", async () => {
    const answer = await call(await serve(), "/healthz", { headers: { "x-much": "y".repeat(20_000) } });

    expect(answer.status).toBe(431);
    expect(answer.json.error?.code).toBe("DROVER_API_BAD_REQUEST");
  });

  test("what is no HTTP is refused and cut", async () => {
    const { port } = new URL((await serve()).addresses[0] ?? "");
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => socket.write("HELLO\r\n\r\n"));
      let read = "";
      socket.on("data", (chunk) => (read += chunk.toString()));
      socket.on("close", () => resolve(read));
    });

    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("DROVER_API_BAD_REQUEST");
  });
});

describe("the token file", () => {
  test("is made with mode 0600 when it is missing, and read again by the next start", async () => {
    const tokenFile = join(folder, "state", "api-token");
    const { token: _unused, ...withoutToken } = { token: "" };
    const server = await startServer({ ...(await optionsOf()), ...withoutToken, tokenFile });
    running.push(server);
    const made = (await readFile(tokenFile, "utf8")).trim();

    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(made.length).toBeGreaterThanOrEqual(40);
    expect((await call(server, "/api/v1/pools", { headers: { authorization: `Bearer ${made}` } })).status).toBe(200);

    const again = await startServer({ ...(await optionsOf()), tokenFile });
    running.push(again);
    expect((await call(again, "/api/v1/pools", { headers: { authorization: `Bearer ${made}` } })).status).toBe(200);
  });

  test.each([
    ["that others can read", "a-token-long-enough-0123", 0o644, /chmod 600/],
    ["that is empty", "", 0o600, /too short/],
    ["that is too short", "short", 0o600, /too short/],
  ])("a file %s stops the start, with the remedy and without the token", async (_what, text, mode, message) => {
    const tokenFile = join(folder, "api-token");
    await writeFile(tokenFile, text, { mode });
    const start = startServer({ ...(await optionsOf()), tokenFile });

    await expect(start).rejects.toMatchObject({
      code: "DROVER_API_TOKEN_FILE",
      message: expect.stringMatching(message),
    });
    await expect(start).rejects.not.toMatchObject({ message: expect.stringContaining("a-token-long") });
  });

  async function optionsOf(): Promise<ServerOptions> {
    return {
      listen: "127.0.0.1:0",
      readModel: model,
      operations: model,
      metrics: { render: () => Promise.resolve({ contentType: "text/plain", body: "" }) },
      clock,
      log: { info: logCalls("info"), warn: logCalls("warn"), error: logCalls("error") },
      redact,
    };
  }
});

describe("no answer carries a secret", () => {
  const canary = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";

  test("in problems, pools, runners, jobs, why, events and logs, though the read model holds one", async () => {
    model.view = { ...model.view, problems: [{ code: "x", message: `refused: ${canary}`, sinceMs: 0 }] };
    model.poolViews = [poolView({ source: { state: "retrying", sinceMs: 0, message: `Bearer ${canary}` } })];
    model.runnerViews = [
      runnerView({ phase: "gone", end: { reason: "exited", exitCode: 1, lastLines: [`JIT ${canary}`] } }),
    ];
    model.jobViews = [jobView({ id: "j", name: `name ${canary}` })];
    model.record({ kind: "seen", job: "j", reason: `because ${canary}` });
    model.logs.set("linux-k3m9-1", `log ${canary}\n`);
    const server = await serve();

    for (const path of [
      "/api/v1/overview",
      "/api/v1/pools",
      "/api/v1/runners",
      "/api/v1/jobs",
      "/api/v1/jobs/j/why",
      "/api/v1/runners/linux-k3m9-1/log",
      "/api/v1/events",
    ]) {
      const { status, text } = await call(server, path, { headers: authorized });
      expect({ path, status }).toEqual({ path, status: 200 });
      expect({ path, leaked: text.includes(canary.slice(4)) }).toEqual({ path, leaked: false });
      expect(text).toContain("[redacted]");
    }
  });

  test("the token stands in no answer, no error and no log line", async () => {
    const server = await serve();
    const answers = await Promise.all([
      call(server, `/${token}`, { headers: authorized }),
      call(server, `/api/v1/events?after=${token}`, { headers: authorized }),
      call(server, "/api/v1/pools", { headers: { authorization: `Basic ${token}` } }),
    ]);

    for (const { text, headers } of answers) expect(text + JSON.stringify(headers)).not.toContain(token);
    expect(JSON.stringify(logged)).not.toContain(token);
  });
});

describe("closing", () => {
  test("frees the port, removes the socket and may be asked for twice", async () => {
    const socket = join(folder, "drover.sock");
    const server = await serve({ socket });
    await server.close();
    await server.close();

    await expect(call(server, "/healthz")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(stat(socket)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("cuts an answer that does not come within the grace", async () => {
    let asked: () => void = () => undefined;
    const rendering = new Promise<void>((resolve) => (asked = resolve));
    const server = await serve({
      metrics: {
        render: () => {
          asked();
          return new Promise(() => undefined);
        },
      },
    });
    const pending = call(server, "/metrics", { headers: authorized });
    pending.catch(() => undefined);
    await rendering;
    const closed = server.close();
    while (clock.sleeperCount === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2_000);
    await closed;

    await expect(pending).rejects.toMatchObject({ code: "ECONNRESET" });
  });
});

describe("slow senders", () => {
  test("every phase of a request has its own limit of time and size", () => {
    const app = buildApp({
      readModel: model,
      operations: model,
      metrics: { render: () => Promise.resolve({ contentType: "text/plain", body: "" }) },
      clock,
      log: { info: logCalls("info"), warn: logCalls("warn"), error: logCalls("error") },
      redact,
      clean: JSON.stringify,
      pace: { heartbeatMs: 1, retryMs: 1, slowClientMs: 1 },
      streams: { open: 0, max: 1 },
      closing: new AbortController().signal,
      gate: { token, hosts: new Set() },
    });

    expect(app.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000 });
    expect(app.server).toMatchObject({ timeout: 60_000, maxConnections: 512 });
  });
});
