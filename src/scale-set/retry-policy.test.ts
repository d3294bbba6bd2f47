import { expect, test } from "vitest";
import { answer, never, ScriptedTransport, type Scripted } from "../../test/scale-set/scripted-transport.ts";
import { settle, VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import type { HttpRequest } from "./ports.ts";
import { defaultRetryPolicy, sendWithRetries, type RetryPolicy } from "./retry-policy.ts";

function setup(script: readonly Scripted[] | (() => Scripted), policy: Partial<RetryPolicy> = {}) {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport(script);
  const retry = { ...defaultRetryPolicy, ...policy };
  const send = (method: HttpRequest["method"] = "GET", signal = never) =>
    sendWithRetries({ transport, clock, retry }, { method, url: "https://h/x", headers: {} }, { signal });
  return { clock, transport, send };
}

test.each(["GET", "POST", "PATCH", "DELETE"] as const)("C-19 %s is repeated retryMax times on 503", async (method) => {
  const { clock, transport, send } = setup(() => answer(503), { retryMax: 2 });

  expect(await clock.run(send(method))).toMatchObject({ attempts: 3, exhausted: true, response: { status: 503 } });
  expect(transport.requests).toHaveLength(3);
});

test.each([0, 429, 500, 502, 503, 504, 599])("C-19 status %i is repeated", async (status) => {
  const { clock, transport, send } = setup([answer(status), answer(200)]);

  expect(await clock.run(send())).toMatchObject({ attempts: 2, exhausted: false });
  expect(transport.requests).toHaveLength(2);
});

test.each([501, 400, 401, 403, 404, 409, 301])("C-19 status %i is not repeated", async (status) => {
  const { clock, transport, send } = setup(() => answer(status));

  expect(await clock.run(send())).toMatchObject({ attempts: 1, exhausted: false });
  expect(transport.requests).toHaveLength(1);
});

test("C-19 a missing answer is repeated, and giving up says how often", async () => {
  const { clock, transport, send } = setup(() => new Error("connection reset"));

  await expect(clock.run(send("POST"))).rejects.toMatchObject({
    kind: "RetriesExhausted",
    status: undefined,
    message: "request POST https://h/x failed: connection reset: POST https://h/x giving up after 5 attempt(s)",
  });
  expect(transport.requests).toHaveLength(5);
});

test("C-19 with retryMax 0 there is one attempt", async () => {
  const { clock, transport, send } = setup(() => answer(503), { retryMax: 0 });

  expect(await clock.run(send())).toMatchObject({ attempts: 1, exhausted: true });
  expect(transport.requests).toHaveLength(1);
  expect(clock.sleeps).toEqual([]);
});

test("C-20 the waits are 1, 2, 4 and 8 seconds", async () => {
  const { clock, send } = setup(() => answer(500));

  await clock.run(send());

  expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
});

test("C-20 retryWaitMax caps the waits", async () => {
  const { clock, send } = setup(() => answer(500), { retryMax: 7, retryWaitMaxMs: 5_000 });

  await clock.run(send());

  expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]);
});

test.each([
  [429, "7", 7_000],
  [503, "0", 0],
  [503, "45", 45_000],
  [503, "Fri, 20 Nov 2026 12:00:40 GMT", 40_000],
  [429, "Fri, 20 Nov 2026 11:00:00 GMT", 0],
  [429, "99999", 300_000],
  [503, "soon", 1_000],
  [500, "7", 1_000],
])("C-20 status %i with Retry-After %s waits %i ms", async (status, retryAfter, waitMs) => {
  const { clock, send } = setup([answer(status, "", { "retry-after": retryAfter }), answer(200)]);

  await clock.run(send());

  expect(clock.sleeps).toEqual([waitMs]);
});

test("C-20 an instant is counted from the server's own time, so that a wrong clock here waits neither long nor not at all", async () => {
  for (const skewMs of [-3_600_000, 3_600_000]) {
    const clockMs = Date.UTC(2026, 10, 20, 12) + skewMs;
    const headers = { date: new Date(clockMs).toUTCString(), "retry-after": new Date(clockMs + 7_000).toUTCString() };
    const { clock, send } = setup([answer(503, "", headers), answer(200)]);
    await clock.run(send());
    expect(clock.sleeps).toEqual([7_000]);
  }
});

test("C-21 an abort ends a wait at once", async () => {
  const { transport, send } = setup(() => answer(503));
  const stop = new AbortController();
  const sent = send("GET", stop.signal);
  await settle();

  stop.abort(new Error("enough"));

  await expect(sent).rejects.toMatchObject({ kind: "Aborted", cause: new Error("enough") });
  expect(transport.requests).toHaveLength(1);
});

test("C-21 an abort ends a request under way at once, and leaves no timer", async () => {
  const { clock, send } = setup(() => "hang");
  const stop = new AbortController();
  const sent = send("GET", stop.signal);
  await settle();
  expect(clock.sleeperCount).toBe(1);

  stop.abort(new Error("enough"));

  await expect(sent).rejects.toMatchObject({ kind: "Aborted", cause: new Error("enough") });
  expect(clock.sleeperCount).toBe(0);
});

test("an attempt without an answer within five minutes is repeated", async () => {
  const { clock, transport, send } = setup(["hang", answer(200)]);
  const startedAtMs = clock.nowMs();

  expect(await clock.run(send())).toMatchObject({ attempts: 2 });

  expect(clock.nowMs() - startedAtMs).toBe(301_000);
  expect(transport.requests).toHaveLength(2);
  expect(clock.sleeperCount).toBe(0);
});

test("C-22 an error that no retry cures is not repeated", async () => {
  const { clock, transport, send } = setup(() => Object.assign(new Error("bad certificate"), { permanent: true }));

  await expect(clock.run(send())).rejects.toMatchObject({ kind: "Transport" });
  expect(transport.requests).toHaveLength(1);
});
