import { expect, test } from "vitest";
import {
  answer,
  never,
  ScriptedTransport,
  type Script,
  type Scripted,
} from "../../test/scale-set/scripted-transport.ts";
import { settle, VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import { CredentialRefusedError, PermissionError } from "./errors.ts";
import { RestClient } from "./rest-client.ts";
import { listRunners } from "./runners.ts";
import { resolveScope } from "./scope.ts";
import { isPublicScope } from "./visibility.ts";

const options = { signal: never };
const scope = resolveScope("https://github.com", "acme");
const restBase = "https://api.github.com";

function setup(script: readonly Scripted[] | Script, tokens: readonly string[] = ["ghs_1"]) {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport(script);
  const invalidated: string[] = [];
  const tokenSource = {
    token: () =>
      Promise.resolve({ value: tokens[Math.min(invalidated.length, tokens.length - 1)]!, expiresAtMs: undefined }),
    invalidate: (value: string) => void invalidated.push(value),
  };
  const rest = new RestClient({ restBase, tokenSource, transport, clock, userAgent: "drover/0.1.0" });
  return { clock, transport, rest, invalidated };
}

const runner = (id: number, more: object = {}) => ({
  id,
  name: `r${id}`,
  status: "online",
  busy: false,
  labels: [],
  ...more,
});
const page = (total: number, runners: readonly object[], next?: string) =>
  answer(
    200,
    { total_count: total, runners },
    next === undefined ? {} : { link: `<${next}>; rel="next", <${next}>; rel="last"` },
  );

test("a call says who asks, with which token, and for which version of the API", async () => {
  const { rest, transport } = setup([answer(200, { ok: true })]);

  expect(await rest.call({ method: "GET", path: "/x?y=1" }, options)).toMatchObject({
    status: 200,
    json: { ok: true },
  });

  expect(transport.requests[0]).toEqual({
    method: "GET",
    url: `${restBase}/x?y=1`,
    headers: {
      "User-Agent": "drover/0.1.0",
      Accept: "application/vnd.github+json",
      Authorization: "Bearer ghs_1",
      "X-GitHub-Api-Version": "2022-11-28",
    },
  });
});

test("a refused token is replaced once, and only by another one", async () => {
  const { rest, transport, invalidated } = setup([answer(401), answer(200, {})], ["ghs_1", "ghs_2"]);
  await rest.call({ method: "GET", path: "/x" }, options);
  expect(transport.requests.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer ghs_1", "Bearer ghs_2"]);
  expect(invalidated).toEqual(["ghs_1"]);

  const same = setup(() => answer(401, { message: "Bad credentials" }));
  await expect(same.rest.call({ method: "GET", path: "/x" }, options)).rejects.toThrow(CredentialRefusedError);
  expect(same.transport.requests).toHaveLength(1);
});

test("a refusal names the permission that GitHub asks for", async () => {
  const headers = {
    "x-accepted-github-permissions": "organization_self_hosted_runners=write",
    "x-github-request-id": "A:1",
  };
  const { rest } = setup(() => answer(403, { message: "Resource not accessible by integration" }, headers));

  const failure = rest.call({ method: "GET", path: "/orgs/acme/actions/runners?page=2" }, options);

  await expect(failure).rejects.toThrow(PermissionError);
  await expect(failure).rejects.toThrow("It wants: organization_self_hosted_runners=write.");
  await expect(failure).rejects.toThrow(
    "GitHub answered 403 to GET /orgs/acme/actions/runners: Resource not accessible by integration (request A:1).",
  );
});

test.each([
  [answer(404, { message: "Not Found" }), "NotFoundError", false],
  [answer(409, { message: "taken" }), "GitHubApiError", false],
  [answer(502, "<html>"), "GitHubApiError", true],
  [answer(403, { message: "You have exceeded a secondary rate limit" }), "RateLimitError", true],
  [answer(429, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795262400" }), "RateLimitError", true],
])("an error is told by its class, %#", async (response, name, retryable) => {
  const { rest } = setup(() => response);

  await expect(rest.call({ method: "POST", path: "/x" }, options)).rejects.toMatchObject({ name, retryable });
});

test("a read that fails on the way is repeated, a creation is not", async () => {
  const reading = setup([answer(502), new Error("reset"), answer(200, {})]);
  await reading.clock.run(reading.rest.call({ method: "GET", path: "/x" }, options));
  expect(reading.clock.sleeps).toEqual([1_000, 2_000]);

  const creating = setup([answer(502)]);
  await expect(creating.rest.call({ method: "POST", path: "/x" }, options)).rejects.toMatchObject({ status: 502 });
  expect(creating.transport.requests).toHaveLength(1);
});

test("no answer at all is a TransportError; one that no retry cures is not repeated", async () => {
  const down = setup(() => new Error("connection refused"));
  await expect(down.clock.run(down.rest.call({ method: "GET", path: "/x" }, options))).rejects.toMatchObject({
    name: "TransportError",
    permanent: false,
  });
  expect(down.transport.requests).toHaveLength(3);

  const untrusted = setup(() => Object.assign(new Error("certificate"), { permanent: true }));
  await expect(untrusted.rest.call({ method: "GET", path: "/x" }, options)).rejects.toMatchObject({ permanent: true });
  expect(untrusted.transport.requests).toHaveLength(1);
});

test("a request that hangs is given up after a minute, an abort ends it at once with its reason", async () => {
  const hanging = setup(["hang", answer(200, {})]);
  await hanging.clock.run(hanging.rest.call({ method: "GET", path: "/x" }, options));
  expect(hanging.transport.requests).toHaveLength(2);

  const aborted = setup(() => "hang");
  const stop = new AbortController();
  const call = aborted.rest.call({ method: "GET", path: "/x" }, { signal: stop.signal });
  await settle();
  stop.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  expect(aborted.clock.sleeperCount).toBe(0);
});

test("a list is every page of it", async () => {
  const { rest, transport } = setup([
    page(3, [runner(1), runner(2, { status: "offline", busy: true, labels: [{ name: "linux" }] })], `${restBase}/p2`),
    page(3, [runner(3)]),
  ]);

  expect(await listRunners(rest, scope, options)).toEqual([
    { id: 1, name: "r1", online: true, busy: false, labels: [] },
    { id: 2, name: "r2", online: false, busy: true, labels: ["linux"] },
    { id: 3, name: "r3", online: true, busy: false, labels: [] },
  ]);
  expect(transport.requests.map(({ url }) => url)).toEqual([
    `${restBase}/orgs/acme/actions/runners?per_page=100`,
    `${restBase}/p2`,
  ]);
});

test("a page that fails fails the list", async () => {
  const { rest } = setup([page(3, [runner(1)], `${restBase}/p2`), answer(403, { message: "no" })]);

  await expect(listRunners(rest, scope, options)).rejects.toThrow(PermissionError);
});

test("a list that lacks an entry is read again, and refused when it goes on lacking", async () => {
  const { rest, transport } = setup([page(2, [runner(1)]), page(2, [runner(1), runner(2)])]);
  expect(await listRunners(rest, scope, options)).toHaveLength(2);
  expect(transport.requests).toHaveLength(2);

  const lacking = setup(() => page(2, [runner(1), runner(1)]));
  await expect(listRunners(lacking.rest, scope, options)).rejects.toMatchObject({ name: "ListIncompleteError" });
  expect(lacking.transport.requests).toHaveLength(3);
});

test("runners that come and go while pages are read do not make a list incomplete", async () => {
  const { rest } = setup([page(3, [runner(1), runner(2)], `${restBase}/p2`), page(2, [])]);

  expect(await listRunners(rest, scope, options)).toHaveLength(2);
});

test("a token never follows a link to another host", async () => {
  const { rest, transport } = setup([page(3, [runner(1)], "https://api.github.com.evil.test/p2")]);

  await expect(listRunners(rest, scope, options)).rejects.toMatchObject({ name: "UnreadableAnswerError" });
  expect(transport.requests).toHaveLength(1);
});

test.each([answer(200, []), answer(200, "<html>"), answer(200, { total_count: 1, runners: [{ id: 1 }] })])(
  "an answer that is no list is an error, not an empty list, %#",
  async (response) => {
    const { rest } = setup(() => response);

    await expect(listRunners(rest, scope, options)).rejects.toMatchObject({ name: "UnreadableAnswerError" });
  },
);

test.each([
  [{ private: true }, false],
  [{ private: false }, true],
  [{ private: true, visibility: "internal" }, false],
  [{ private: false, visibility: "public" }, true],
])("a repository %j is public: %s", async (repository, isPublic) => {
  const { rest, transport } = setup([answer(200, repository)]);

  expect(await isPublicScope(rest, resolveScope("https://github.com", "acme/widgets"), options)).toBe(isPublic);
  expect(transport.requests[0]?.url).toBe(`${restBase}/repos/acme/widgets`);
});

test("an organization is neither public nor private, and an answer that does not say is an error", async () => {
  const { rest, transport } = setup([answer(200, {})]);

  expect(await isPublicScope(rest, scope, options)).toBeUndefined();
  expect(transport.requests).toHaveLength(0);
  await expect(isPublicScope(rest, resolveScope("https://github.com", "a/b"), options)).rejects.toThrow(/visibility/);
});
