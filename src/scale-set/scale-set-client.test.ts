import { afterEach, beforeEach, expect, test } from "vitest";
import { clientSetup, sessionAnswer, sessionId } from "../../test/scale-set/client-setup.ts";
import { messageHeaders, RawRecorder, type RawRequest } from "../../test/scale-set/raw-recorder.ts";
import { answer, exception, jwt, never } from "../../test/scale-set/scripted-transport.ts";
import { NodeTransport } from "./node/transport.ts";
import { SystemClock } from "./node/system-clock.ts";
import { PatTokenSource } from "./pat-token.ts";
import { ScaleSetClient } from "./scale-set-client.ts";

const options = { signal: never };
const list = (...value: readonly unknown[]) => answer(200, { count: value.length, value });

let server: RawRecorder;
let transport: NodeTransport;
const adminToken = jwt(Date.now() + 3_600_000);

beforeEach(async () => {
  transport = new NodeTransport();
  server = await new RawRecorder(({ line }, origin) => {
    if (line.includes("registration-token")) return { status: 201, body: '{"token":"rt"}' };
    if (line.includes("runner-registration")) {
      return { status: 200, body: JSON.stringify({ url: `${origin}/tenant/1/`, token: adminToken }) };
    }
    if (line.startsWith("DELETE")) return { status: 204 };
    if (line.includes("generatejitconfig"))
      return { status: 200, body: '{"runner":{"id":9},"encodedJITConfig":"e30="}' };
    if (line.includes("/sessions")) {
      const queue = { messageQueueUrl: `${origin}/q/message?z=1&a=%2Fx`, messageQueueAccessToken: "queue-token" };
      return { status: 200, body: JSON.stringify({ sessionId, ...queue }) };
    }
    if (line.startsWith("GET /q/")) return { status: 202 };
    if (/agents\?|runnerscalesets\?.*name=|acquirejobs/.test(line))
      return { status: 200, body: '{"count":0,"value":[]}' };
    if (line.includes("runnergroups")) return { status: 200, body: '{"count":1,"value":[{"id":2,"name":"g"}]}' };
    return { status: 200, body: '{"id":7}' };
  }).listen();
});
afterEach(async () => {
  await transport.close();
  await server.close();
});

const base = "/tenant/1/_apis";
const version = "api-version=6.0-preview";
const scaleSet = { name: "a<b", runnerGroupId: 1, disableUpdate: true };
interface WireCase {
  readonly name: string;
  readonly call: (client: ScaleSetClient) => Promise<unknown>;
  readonly line: string;
  readonly body: string;
}
const wireCase = (name: string, call: WireCase["call"], line: string, body = ""): WireCase => ({
  name,
  call,
  line,
  body,
});
const cases: readonly WireCase[] = [
  wireCase(
    "runner group by name",
    (client) => client.getRunnerGroupByName("my group", options),
    `GET ${base}/runtime/runnergroups/?${version}&groupName=my+group`,
  ),
  wireCase(
    "scale set by name",
    (client) => client.getScaleSetByName({ name: "linux", runnerGroupId: 1 }, options),
    `GET ${base}/runtime/runnerscalesets?${version}&name=linux&runnerGroupId=1`,
  ),
  wireCase(
    "scale set by id",
    (client) => client.getScaleSet(7, options),
    `GET ${base}/runtime/runnerscalesets/7?${version}`,
  ),
  wireCase(
    "create scale set",
    (client) => client.createScaleSet(scaleSet, options),
    `POST ${base}/runtime/runnerscalesets?${version}`,
    '{"name":"a\\u003cb","runnerGroupId":1,"labels":[{"type":"System","name":"a\\u003cb"}],"RunnerSetting":{"disableUpdate":true},"createdOn":"0001-01-01T00:00:00Z"}',
  ),
  wireCase(
    "update scale set",
    (client) => client.updateScaleSet(7, { runnerGroupId: 2 }, options),
    `PATCH ${base}/runtime/runnerscalesets/7?${version}`,
    '{"runnerGroupId":2,"RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"}',
  ),
  wireCase(
    "every character that GitHub's client escapes",
    (client) => client.createScaleSet({ name: "a<>&\u2028\u2029b", runnerGroupId: 1 }, options),
    `POST ${base}/runtime/runnerscalesets?${version}`,
    '{"name":"a\\u003c\\u003e\\u0026\\u2028\\u2029b","runnerGroupId":1,"labels":[{"type":"System","name":"a\\u003c\\u003e\\u0026\\u2028\\u2029b"}],"RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"}',
  ),
  wireCase(
    "delete scale set",
    (client) => client.deleteScaleSet(7, options),
    `DELETE ${base}/runtime/runnerscalesets/7?${version}`,
  ),
  wireCase(
    "JIT configuration",
    (client) => client.generateJitConfig(7, { name: "r1" }, options),
    `POST ${base}/runtime/runnerscalesets/7/generatejitconfig?${version}`,
    '{"name":"r1","workFolder":""}',
  ),
  wireCase(
    "runner by id",
    (client) => client.getRunner(9, options),
    `GET ${base}/distributedtask/pools/0/agents/9?${version}`,
  ),
  wireCase(
    "runner by name",
    (client) => client.getRunnerByName("r1", options),
    `GET ${base}/distributedtask/pools/0/agents?agentName=r1&${version}`,
  ),
  wireCase(
    "remove runner",
    (client) => client.removeRunner(9, options),
    `DELETE ${base}/distributedtask/pools/0/agents/9?${version}`,
  ),
  wireCase(
    "create session",
    (client) => client.createMessageSession(7, { ownerName: "host-1" }, options),
    `POST ${base}/runtime/runnerscalesets/7/sessions?${version}`,
    '{"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"host-1"}',
  ),
];

test.each(cases)("C-12 $name is on the wire as GitHub's client writes it", async ({ call, line, body }) => {
  await call(wireClient());

  const request = server.requests.at(-1)!;
  expect(request.line).toBe(`${line} HTTP/1.1`);
  expect(request.body).toBe(body);
  expect(messageHeaders(request)).toEqual(adminHeaders(request));
});

test("C-12 the session's and the queue's calls are on the wire as GitHub's client writes them", async () => {
  const session = await wireClient().createMessageSession(7, { ownerName: "host-1" }, options);
  server.requests.length = 0;

  await session.refresh(options);
  await session.getMessage({ lastMessageId: 0, capacity: 10 }, options);
  await session.getMessage({ lastMessageId: 3, capacity: 0 }, options);
  await session.deleteMessage(3, options);
  await session.acquireJobs([5, 6], options);
  await session.close(options);

  expect(server.requests.map(({ line }) => line)).toEqual([
    `PATCH ${base}/runtime/runnerscalesets/7/sessions/${sessionId}?${version} HTTP/1.1`,
    "GET /q/message?z=1&a=%2Fx HTTP/1.1",
    "GET /q/message?a=%2Fx&lastMessageId=3&z=1 HTTP/1.1",
    "DELETE /q/message/3?z=1&a=%2Fx HTTP/1.1",
    `POST ${base}/runtime/runnerscalesets/7/acquirejobs?${version} HTTP/1.1`,
    `DELETE ${base}/runtime/runnerscalesets/7/sessions/${sessionId}?${version} HTTP/1.1`,
  ]);
  expect(server.requests.map(({ body }) => body)).toEqual(["", "", "", "", "[5,6]", ""]);
  const [refresh, poll, laterPoll, acknowledge, acquire, close] = server.requests.map(messageHeaders);
  const common = { host: server.origin.slice("http://".length), "user-agent": agent(0), "accept-encoding": "gzip" };
  const queue = { ...common, authorization: "Bearer queue-token" };
  const json = { "content-type": "application/json" };
  expect(refresh).toEqual({ ...common, ...json, authorization: `Bearer ${adminToken}`, "content-length": "0" });
  expect(poll).toEqual({
    ...queue,
    accept: "application/json; api-version=6.0-preview",
    "x-scalesetmaxcapacity": "10",
  });
  expect(laterPoll?.["x-scalesetmaxcapacity"]).toBe("0");
  expect(acknowledge).toEqual({ ...queue, ...json });
  expect(acquire).toEqual({ ...queue, ...json, "content-length": "5" });
  expect(close).toEqual({ ...common, ...json, authorization: `Bearer ${adminToken}` });
});

test.each([
  [list(), 'no runner group found with name "g"', "RunnerGroupNotFound"],
  [list({ id: 1 }, { id: 2 }), 'multiple runner group found with name "g"', "Ambiguous"],
])("C-23 a group look-up that finds none or two is an error", async (found, message, kind) => {
  const { client } = clientSetup({ answers: [found] });

  const failure = client.getRunnerGroupByName("g", options);

  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.toMatchObject({ kind });
});

test("C-23 a scale set look-up that finds none is null, two are an error", async () => {
  const { client } = clientSetup({ answers: [list(), list({ id: 7, name: "x" }), list({ id: 1 }, { id: 2 })] });
  const find = () => client.getScaleSetByName({ name: "x", runnerGroupId: 1 }, options);

  expect(await find()).toBeNull();
  expect(await find()).toMatchObject({ id: 7, name: "x" });
  await expect(find()).rejects.toThrow('multiple runner scale sets found with name "x"');
});

test("C-23 a runner look-up that finds none is null, two are an error", async () => {
  const { client } = clientSetup({ answers: [list(), list({ id: 9, name: "r" }), list({ id: 1 }, { id: 2 })] });

  expect(await client.getRunnerByName("r", options)).toBeNull();
  expect(await client.getRunnerByName("r", options)).toEqual({ id: 9, name: "r", runnerScaleSetId: 0 });
  await expect(client.getRunnerByName("r", options)).rejects.toThrow('multiple runners found with name "r"');
});

test("C-24 a scale set of null is null", async () => {
  const { client } = clientSetup({ answers: [answer(200, "null")] });

  expect(await client.getScaleSet(7, options)).toBeNull();
});

test("C-25 creating adds the default label and the default type, and keeps the caller's labels", async () => {
  const { client, calls } = clientSetup({ answers: () => answer(200, { id: 7 }) });
  const mine = [{ name: "gpu" }, { name: "big", type: "Custom" }];

  await client.createScaleSet({ name: "linux" }, options);
  await client.createScaleSet({ name: "linux", labels: mine }, options);

  const labels = calls().map((request) => (JSON.parse(request.body!) as { labels: unknown }).labels);
  expect(labels[0]).toEqual([{ type: "System", name: "linux" }]);
  expect(labels[1]).toEqual([
    { type: "System", name: "gpu" },
    { type: "Custom", name: "big" },
  ]);
  expect(mine).toEqual([{ name: "gpu" }, { name: "big", type: "Custom" }]);
});

test("C-25 creating without name and labels fails without a request", async () => {
  const { client, transport } = clientSetup();

  await expect(client.createScaleSet({}, options)).rejects.toThrow(
    "runner scale set must have a name or at least one label",
  );
  expect(transport.requests).toHaveLength(0);
});

test("C-26 an update adds no label", async () => {
  const { client, calls } = clientSetup({ answers: [answer(200, { id: 7, name: "new" })] });

  expect(await client.updateScaleSet(7, { name: "new" }, options)).toMatchObject({ name: "new" });

  expect(calls()[0]?.body).toBe('{"name":"new","RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"}');
});

test("C-27 another 2xx than the call's own is an error", async () => {
  const { client } = clientSetup({ answers: [answer(201, { id: 7 }), answer(200, {})] });

  await expect(client.createScaleSet({ name: "x" }, options)).rejects.toMatchObject({
    kind: "UnexpectedStatus",
    status: 201,
  });
  await expect(client.deleteScaleSet(7, options)).rejects.toMatchObject({ kind: "UnexpectedStatus", status: 200 });
});

test("C-39 the program's identity travels with every later request, a session's polls keep the one they began with", async () => {
  const { client, transport } = clientSetup({
    identity: { system: "drover", version: "0.1.0", commitSha: "abc", subsystem: "listener" },
    answers: (request) => {
      if (request.url.includes("/sessions")) return sessionAnswer();
      if (request.method === "DELETE") return answer(204);
      return request.url.includes("acquirejobs") ? list() : answer(202);
    },
  });
  const session = await client.createMessageSession(7, { ownerName: "x" }, options);
  client.identify({ scaleSetId: 7, buildVersion: "1.2.3", buildCommitSha: "def" });
  transport.requests.length = 0;

  await session.getMessage({ lastMessageId: 0, capacity: 1 }, options);
  await session.deleteMessage(1, options);
  await session.acquireJobs([1], options);
  await session.refresh(options);

  const before =
    '{"system":"drover","version":"0.1.0","commit_sha":"abc","scale_set_id":0,"subsystem":"listener","build_version":"devel","build_commit_sha":"unknown","kind":"scaleset"}';
  const after =
    '{"system":"drover","version":"0.1.0","commit_sha":"abc","scale_set_id":7,"subsystem":"listener","build_version":"1.2.3","build_commit_sha":"def","kind":"scaleset"}';
  expect(transport.requests.map((request) => request.headers["User-Agent"])).toEqual([before, before, after, after]);
});

test("C-39 what a header cannot carry is escaped", () => {
  const { client } = clientSetup({ identity: { system: "dröver<&>\n" } });

  expect(client.userAgent).toContain('"system":"dr\\u00f6ver\\u003c\\u0026\\u003e\\n"');
  expect(client.userAgent).toMatch(/^[\x20-\x7e]+$/);
  expect((JSON.parse(client.userAgent) as { system: string }).system).toBe("dröver<&>\n");
});

test("C-44 a runner that is gone already counts as deregistered, one with a job as protected", async () => {
  const { client } = clientSetup({
    answers: [
      answer(204),
      exception(404, "TaskAgentNotFoundException", "gone"),
      exception(400, "TaskAgentJobStillRunningException", "busy"),
      exception(403, "AccessDeniedException", "no"),
    ],
  });

  expect(await client.deregisterRunner(9, options)).toBe("gone");
  expect(await client.deregisterRunner(9, options)).toBe("gone");
  expect(await client.deregisterRunner(9, options)).toBe("job-running");
  await expect(client.deregisterRunner(9, options)).rejects.toMatchObject({ kind: "Forbidden" });
});

test("a JIT answer without a configuration is an error", async () => {
  const { client } = clientSetup({ answers: [answer(200, { runner: { id: 9 } })] });

  await expect(client.generateJitConfig(7, { name: "r" }, options)).rejects.toMatchObject({ kind: "Decode" });
});

function wireClient(): ScaleSetClient {
  return new ScaleSetClient({
    configUrl: `${server.origin}/acme`,
    tokenSource: new PatTokenSource("ghp_1"),
    transport,
    clock: new SystemClock(),
    identity: { system: "drover" },
  });
}

function agent(scaleSetId: number): string {
  return `{"system":"drover","version":"","commit_sha":"","scale_set_id":${scaleSetId},"subsystem":"","build_version":"devel","build_commit_sha":"unknown","kind":"scaleset"}`;
}

function adminHeaders(request: RawRequest): object {
  const hasLength = /^(POST|PATCH)/.test(request.line);
  return {
    host: server.origin.slice("http://".length),
    "user-agent": agent(0),
    ...(hasLength ? { "content-length": String(Buffer.byteLength(request.body)) } : {}),
    authorization: `Bearer ${adminToken}`,
    "content-type": "application/json",
    "accept-encoding": "gzip",
  };
}
