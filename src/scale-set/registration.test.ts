import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { clientSetup } from "../../test/scale-set/client-setup.ts";
import { messageHeaders, RawRecorder } from "../../test/scale-set/raw-recorder.ts";
import { answer, jwt, never, ScriptedTransport } from "../../test/scale-set/scripted-transport.ts";
import { VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import { AppTokenSource } from "./app-token.ts";
import { NodeTransport } from "./node/transport.ts";
import { SystemClock } from "./node/system-clock.ts";
import { PatTokenSource } from "./pat-token.ts";
import { ScaleSetClient } from "./scale-set-client.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const agent =
  '{"system":"drover","version":"","commit_sha":"","scale_set_id":0,"subsystem":"","build_version":"devel","build_commit_sha":"unknown","kind":"scaleset"}';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function recorder(): Promise<RawRecorder> {
  const server = await new RawRecorder(({ line }, origin) => {
    if (line.includes("access_tokens"))
      return { status: 201, body: '{"token":"ghs_1","expires_at":"2026-11-20T13:00:00Z"}' };
    if (line.includes("registration-token")) return { status: 201, body: '{"token":"rt_1"}' };
    if (line.includes("runner-registration")) {
      return { status: 200, body: JSON.stringify({ url: `${origin}/rest`, token: jwt(Date.now() + 3_600_000) }) };
    }
    return { status: 200, body: '{"count":0,"value":[]}' };
  }).listen();
  closers.push(() => server.close());
  return server;
}

function wireClient(configUrl: string, tokens: (transport: NodeTransport) => PatTokenSource | AppTokenSource) {
  const transport = new NodeTransport();
  closers.push(() => transport.close());
  const identity = { system: "drover" };
  return new ScaleSetClient({
    configUrl,
    transport,
    tokenSource: tokens(transport),
    clock: new SystemClock(),
    identity,
  });
}

test("C-02 the three steps of the token exchange are on the wire as GitHub's client writes them", async () => {
  const server = await recorder();
  const configUrl = `${server.origin}/my-org`;
  const client = wireClient(
    configUrl,
    (transport) =>
      new AppTokenSource({
        configUrl,
        credentials: { clientId: "Iv1.abc", installationId: 77, privateKey },
        transport,
        clock: new SystemClock(),
        userAgent: agent,
      }),
  );

  await client.getRunnerByName("x", { signal: never });

  const [stepA, stepB, stepC] = server.requests;
  const host = server.origin.slice("http://".length);
  expect(stepA?.line).toBe("POST /api/v3/app/installations/77/access_tokens HTTP/1.1");
  expect(messageHeaders(stepA!)).toEqual({
    host,
    "user-agent": agent,
    authorization: expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/) as string,
    "content-type": "application/vnd.github+json",
    "accept-encoding": "gzip",
    "content-length": "0",
  });
  expect(stepB?.line).toBe("POST /api/v3/orgs/my-org/actions/runners/registration-token HTTP/1.1");
  expect(messageHeaders(stepB!)).toEqual({
    host,
    "user-agent": agent,
    authorization: "Bearer ghs_1",
    "content-type": "application/vnd.github.v3+json",
    "accept-encoding": "gzip",
    "content-length": "0",
  });
  const body = `{"url":"${configUrl}","runner_event":"register"}\n`;
  expect(stepC?.line).toBe("POST /api/v3/actions/runner-registration HTTP/1.1");
  expect(messageHeaders(stepC!)).toEqual({
    host,
    "user-agent": agent,
    authorization: "RemoteAuth rt_1",
    "content-type": "application/json",
    "accept-encoding": "gzip",
    "content-length": String(body.length),
  });
  expect(stepC?.body).toBe(body);
  expect(stepA?.body).toBe("");
  expect(stepB?.body).toBe("");
});

test("C-02 step C tells the URL as given, HTML characters literal", async () => {
  const { client, transport } = clientSetup({
    configUrl: "https://github.com/acme?a=<1>&b#c/",
    answers: [answer(200, "null")],
  });

  await client.getScaleSet(1, { signal: never });

  expect(transport.requests[1]?.body).toBe('{"url":"https://github.com/acme?a=<1>&b#c","runner_event":"register"}\n');
});

test.each([
  ["https://github.com/acme", "/orgs/acme/"],
  ["https://github.com/acme/widgets", "/repos/acme/widgets/"],
  ["https://github.com/enterprises/big", "/enterprises/big/"],
])("C-02 the registration token of %s is asked for at its own path", async (configUrl, path) => {
  const { client, transport } = clientSetup({ configUrl, answers: [answer(200, "null")] });

  await client.getScaleSet(1, { signal: never });

  expect(transport.requests[0]?.url).toBe(`https://api.github.com${path}actions/runners/registration-token`);
});

test("C-03 with a personal access token no installation token is asked for", async () => {
  const server = await recorder();
  const client = wireClient(`${server.origin}/my-org`, () => new PatTokenSource("ghp_1"));

  await client.getRunnerByName("x", { signal: never });

  expect(server.requests.map(({ line }) => line.split(" ")[1])).toEqual([
    "/api/v3/orgs/my-org/actions/runners/registration-token",
    "/api/v3/actions/runner-registration",
    "/rest/_apis/distributedtask/pools/0/agents?agentName=x&api-version=6.0-preview",
  ]);
  expect(messageHeaders(server.requests[0]!)["authorization"]).toBe("Bearer ghp_1");
});

test("C-04 the App's JWT has GitHub's header, claims and order, and its signature verifies", async () => {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport([answer(201, { token: "ghs_1", expires_at: "2026-11-20T13:00:00Z" })]);
  const credentials = { clientId: "Iv1.abc", installationId: 77, privateKey };
  const source = new AppTokenSource({
    configUrl: "https://github.com/acme",
    credentials,
    transport,
    clock,
    userAgent: "x",
  });

  const token = await source.token({ signal: never });

  const [header = "", claims = "", signature = ""] = (transport.requests[0]?.headers["Authorization"] ?? "")
    .slice("Bearer ".length)
    .split(".");
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  expect(decoded(header)).toBe('{"alg":"RS256","typ":"JWT"}');
  expect(decoded(claims)).toBe(`{"iss":"Iv1.abc","exp":${nowSeconds + 480},"iat":${nowSeconds - 60}}`);
  const signed = Buffer.from(`${header}.${claims}`);
  expect(verify("sha256", signed, createPublicKey(publicKey), Buffer.from(signature, "base64url"))).toBe(true);
  expect(token).toEqual({ value: "ghs_1", expiresAtMs: Date.UTC(2026, 10, 20, 13) });
});

test("an App's installation is found through the scope, once", async () => {
  const transport = new ScriptedTransport([
    answer(200, { id: 4711 }),
    answer(201, { token: "ghs_1" }),
    answer(201, { token: "ghs_2" }),
  ]);
  const source = appSource(transport, "https://github.com/acme/widgets");

  await source.token({ signal: never });
  const second = await source.token({ signal: never });

  expect(transport.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET https://api.github.com/repos/acme/widgets/installation",
    "POST https://api.github.com/app/installations/4711/access_tokens",
    "POST https://api.github.com/app/installations/4711/access_tokens",
  ]);
  expect(second.value).toBe("ghs_2");
});

test("an installation that is gone is looked for again", async () => {
  const transport = new ScriptedTransport([
    answer(200, { id: 1 }),
    answer(404, { message: "Not Found" }),
    answer(200, { id: 2 }),
    answer(201, { token: "ghs_2" }),
  ]);
  const source = appSource(transport);

  await expect(source.token({ signal: never })).rejects.toMatchObject({ kind: "NotFound" });

  expect((await source.token({ signal: never })).value).toBe("ghs_2");
  expect(transport.requests[3]?.url).toContain("/installations/2/");
});

test.each([
  [{ clientId: "", privateKey }, "client ID is required"],
  [{ clientId: "x", installationId: 0, privateKey }, "app installation ID is required"],
  [{ clientId: "x", privateKey: " " }, "app private key is required"],
  [{ clientId: "x", privateKey: "-----BEGIN hunter2" }, "not readable PEM"],
])("App credentials are checked before anything is sent", (credentials, message) => {
  const create = () =>
    new AppTokenSource({
      configUrl: "https://github.com/acme",
      credentials,
      transport: new ScriptedTransport([]),
      clock: new VirtualClock(),
      userAgent: "x",
    });

  expect(create).toThrow(message);
  expect(create).not.toThrow(/hunter2/);
});

test("an App is refused at an enterprise", () => {
  expect(() => appSource(new ScriptedTransport([]), "https://github.com/enterprises/big")).toThrow(/enterprise/);
});

test.each([401, 403])("C-08 step C is patient with a registration token that is not valid yet (%i)", async (status) => {
  let attempt = 0;
  const { client, clock, transport } = clientSetup({ answers: [answer(200, "null")] });
  const script = transport.script;
  transport.script = (request, index) => {
    if (!request.url.endsWith("runner-registration")) return script(request, index);
    attempt += 1;
    if (attempt <= 4) return answer(status, { message: "not yet" });
    return answer(201, { url: "https://service.test/rest", token: jwt(clock.nowMs() + 3_600_000) });
  };

  await clock.run(client.getScaleSet(1, { signal: never }));

  expect(attempt).toBe(5);
  expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
});

test("C-08 after five refusals the last one's own words are in the error", async () => {
  const { client, clock, transport } = clientSetup();
  const script = transport.script;
  transport.script = (request, index) =>
    request.url.endsWith("runner-registration") ? answer(401, { message: `refused ${index}` }) : script(request, index);

  const failure = clock.run(client.getScaleSet(1, { signal: never }));

  await expect(failure).rejects.toMatchObject({ kind: "Unauthorized", status: 401, serverMessage: "refused 5" });
  await expect(failure).rejects.toThrow("refused 5");
  expect(transport.requests).toHaveLength(6);
});

test.each([
  [{ token: "t" }, "actions service admin connection missing url"],
  [{ url: "", token: "t" }, "actions service admin connection missing url"],
  [{ url: "https://service.test" }, "actions service admin connection missing token"],
])("C-09 a connection of %j is refused", async (body, message) => {
  const { client, transport } = clientSetup();
  const script = transport.script;
  transport.script = (request, index) =>
    request.url.endsWith("runner-registration") ? answer(200, body) : script(request, index);

  const failure = client.getScaleSet(1, { signal: never });

  await expect(failure).rejects.toMatchObject({ kind: "Decode" });
  await expect(failure).rejects.toThrow(message);
});

test("a registration token must come with 201, and a refused REST token is reported to its source", async () => {
  const invalidated: string[] = [];
  const tokenSource = {
    token: () => Promise.resolve({ value: "ghs_old", expiresAtMs: undefined }),
    invalidate: (value: string) => void invalidated.push(value),
  };
  const { client, transport } = clientSetup({ tokenSource });
  transport.script = () => answer(401, { message: "Bad credentials" });

  await expect(client.getScaleSet(1, { signal: never })).rejects.toThrow(
    "failed to get runner registration token (401 Unauthorized): Bad credentials",
  );
  expect(invalidated).toEqual(["ghs_old"]);

  transport.script = () => answer(200, { token: "x" });
  await expect(client.getScaleSet(1, { signal: never })).rejects.toMatchObject({ kind: "UnexpectedStatus" });
});

test.each([
  ["two parts", "a.b"],
  ["no exp", jwtOf({ alg: "RS256" }, {})],
  ["an exp in words", jwtOf({ alg: "RS256" }, { exp: "soon" })],
  ["an unknown algorithm", jwtOf({ alg: "XX" }, { exp: 1 })],
  ["no algorithm", jwtOf({}, { exp: 1 })],
  ["padding", `${jwtOf({ alg: "RS256" }, { exp: 1 })}`.replace(".", "==.")],
])("an admin token with %s is an error, not a crash", async (_what, token) => {
  const { client, transport } = clientSetup();
  const script = transport.script;
  transport.script = (request, index) =>
    request.url.endsWith("runner-registration")
      ? answer(200, { url: "https://service.test", token })
      : script(request, index);

  await expect(client.getScaleSet(1, { signal: never })).rejects.toMatchObject({ kind: "Decode" });
});

function jwtOf(header: object, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.s`;
}

function decoded(part: string): string {
  return Buffer.from(part, "base64url").toString("utf8");
}

function appSource(transport: ScriptedTransport, configUrl = "https://github.com/acme"): AppTokenSource {
  const credentials = { clientId: "Iv1.abc", privateKey };
  return new AppTokenSource({ configUrl, credentials, transport, clock: new VirtualClock(), userAgent: "x" });
}
