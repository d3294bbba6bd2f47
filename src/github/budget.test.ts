import { expect, test } from "vitest";
import {
  answer,
  never,
  ScriptedTransport,
  type Script,
  type Scripted,
} from "../../test/scale-set/scripted-transport.ts";
import { settle, VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import type { HttpRequest } from "../core/ports/transport.ts";
import { Budget, type BudgetOptions } from "./budget.ts";

const restBase = "https://api.github.test";

function setup(script: readonly Scripted[] | Script, options: Partial<BudgetOptions> = {}) {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport(script);
  const budget = new Budget(transport, { clock, restBase, ...options });
  const send = (path = "/x", method: HttpRequest["method"] = "GET", signal = never) =>
    budget.send({ method, url: path.startsWith("http") ? path : `${restBase}${path}`, headers: {} }, { signal });
  return { clock, transport, budget, send };
}

const limits = (clock: VirtualClock, remaining: number, resetInMs: number, resource = "core") => ({
  "x-ratelimit-limit": "5000",
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-reset": String((clock.nowMs() + resetInMs) / 1000),
  "x-ratelimit-resource": resource,
});

test("no more requests are in flight than allowed, the rest goes in order of arrival", async () => {
  const gates: (() => void)[] = [];
  const { budget, transport, send } = setup(
    () => new Promise<Scripted>((resolve) => gates.push(() => resolve(answer(200)))),
    { concurrencyMax: 2 },
  );
  const sent = ["/1", "/2", "/3", "/4"].map((path) => send(path));
  await settle();
  expect(transport.requests.map(({ url }) => url.at(-1))).toEqual(["1", "2"]);
  expect(budget.view()).toMatchObject({ inFlight: 2, waiting: 2 });

  gates[0]!();
  await settle();
  expect(transport.requests.map(({ url }) => url.at(-1))).toEqual(["1", "2", "3"]);
  gates.slice(1).forEach((open) => open());
  await settle();
  gates.forEach((open) => open());
  await Promise.all(sent);
  expect(budget.view()).toMatchObject({ inFlight: 0, waiting: 0 });
});

test("one that stops waiting gives up its place and holds nobody up", async () => {
  const gate = Promise.withResolvers<Scripted>();
  const { budget, transport, send } = setup((_request, index) => (index === 0 ? gate.promise : answer(200)), {
    concurrencyMax: 1,
  });
  const stop = new AbortController();
  const first = send("/1");
  const second = send("/2", "GET", stop.signal);
  const third = send("/3");
  await settle();
  stop.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  gate.resolve(answer(200));
  await Promise.all([first, third]);

  expect(transport.requests.map(({ url }) => url.at(-1))).toEqual(["1", "3"]);
  expect(budget.view()).toMatchObject({ inFlight: 0, waiting: 0 });
});

test("what is not the REST API passes without a bound: long polls take no place", async () => {
  const { budget, send } = setup(() => "hang", { concurrencyMax: 1 });
  const stop = new AbortController();
  const polls = [1, 2, 3].map(() => send("https://queue.test/message", "GET", stop.signal));
  await settle();

  expect(budget.view()).toMatchObject({ inFlight: 0, waiting: 0 });
  stop.abort(new Error("enough"));
  await Promise.allSettled(polls);
});

test("a spent hourly limit is waited for when its end is near", async () => {
  const { clock, transport, send } = setup((_request, index) =>
    answer(200, {}, index === 0 ? limits(clock, 0, 30_000) : {}),
  );
  await send();
  const startedAtMs = clock.nowMs();

  await clock.run(send());

  expect(clock.nowMs() - startedAtMs).toBe(31_000);
  expect(transport.requests).toHaveLength(2);
});

test("a spent hourly limit that ends late refuses at once and says when to come back", async () => {
  const { clock, budget, transport, send } = setup(() => answer(200, {}, limits(clock, 0, 1_800_000)));
  await send();

  await expect(send()).rejects.toMatchObject({ name: "RateLimitError", retryAtMs: clock.nowMs() + 1_801_000 });
  await expect(send()).rejects.toThrow("asks again in 1801 s");
  expect(transport.requests).toHaveLength(1);
  expect(budget.view().resources).toEqual([
    { resource: "core", limit: 5000, remaining: 0, resetAtMs: clock.nowMs() + 1_801_000 },
  ]);
  await clock.advance(1_801_000);
  await send();
  expect(transport.requests).toHaveLength(2);
});

test("requests in flight together do not all spend the last one", async () => {
  const { clock, transport, send } = setup((_request, index) =>
    index === 0 ? answer(200, {}, limits(clock, 2, 1_800_000)) : answer(200),
  );
  await send();

  const results = await Promise.allSettled([send(), send(), send(), send()]);

  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  expect(transport.requests).toHaveLength(3);
});

test("each resource has its own limit: a spent registration budget leaves the rest alone", async () => {
  const { clock, send } = setup((request) =>
    request.url.includes("registration-token")
      ? answer(201, {}, limits(clock, 0, 1_800_000, "actions_runner_registration"))
      : answer(200, {}, limits(clock, 4000, 1_800_000)),
  );
  const register = () => send("/orgs/acme/actions/runners/registration-token", "POST");
  await register();

  await expect(register()).rejects.toMatchObject({ name: "RateLimitError" });
  await expect(send("/orgs/acme/actions/runners/5")).resolves.toMatchObject({ status: 200 });
});

test("a secondary limit holds every request back for as long as GitHub asks", async () => {
  const { clock, budget, send } = setup((_request, index) =>
    index === 0
      ? answer(403, { message: "You have exceeded a secondary rate limit." }, { "retry-after": "20" })
      : answer(200),
  );
  await send();
  expect(budget.view().heldUntilMs).toBe(clock.nowMs() + 20_000);
  const startedAtMs = clock.nowMs();
  await clock.run(Promise.all([send("/a"), send("/b")]));

  expect(clock.nowMs() - startedAtMs).toBe(20_000);
  expect(budget.view().heldUntilMs).toBeUndefined();
});

test("without a wish of GitHub's the hold is a minute, and longer each time; a success ends that", async () => {
  const { clock, budget, send } = setup((_request, index) =>
    index === 3 ? answer(200) : answer(429, { message: "secondary rate limit" }),
  );
  const holds: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await send();
    const heldUntilMs = budget.view().heldUntilMs ?? clock.nowMs();
    holds.push((heldUntilMs - clock.nowMs()) / 1000);
    await clock.advance(heldUntilMs - clock.nowMs());
  }

  expect(holds).toEqual([60, 120, 240, 0, 60]);
});

test("a refusal without permission is no limit", async () => {
  const { budget, send } = setup(() => answer(403, { message: "Resource not accessible by integration" }));
  await send();

  expect(budget.view().heldUntilMs).toBeUndefined();
});

test("points are paced: 900 a minute, a write costs five", async () => {
  const { clock, send } = setup(() => answer(200), { concurrencyMax: 1000 });
  const startedAtMs = clock.nowMs();

  await clock.run(Promise.all(Array.from({ length: 180 }, () => send("/x", "DELETE"))));
  expect(clock.nowMs() - startedAtMs).toBe(0);
  await clock.run(Promise.all(Array.from({ length: 30 }, () => send("/x", "DELETE"))));

  expect(clock.nowMs() - startedAtMs).toBe(10_000);
});

test("F28 a clock that is put back, or was wrong from the start, holds nothing back for longer than GitHub's own window", async () => {
  const clock = new VirtualClock();
  let setByMs = 0;
  const settable: BudgetOptions["clock"] = {
    nowMs: () => clock.nowMs() + setByMs,
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
    deadline: (signal, timeoutMs) => clock.deadline(signal, timeoutMs),
  };
  const transport = new ScriptedTransport((_request, index) =>
    index === 0
      ? answer(429, { message: "You have exceeded a secondary rate limit." }, { "retry-after": "600" })
      : answer(200, {}, index === 1 ? limits(clock, 0, 600_000) : {}),
  );
  const budget = new Budget(transport, {
    clock: settable,
    restBase,
    waitMaxMs: Number.POSITIVE_INFINITY,
  });
  const send = () => budget.send({ method: "GET", url: `${restBase}/x`, headers: {} }, { signal: never });
  await send();
  setByMs = -8 * 3_600_000;
  await send();
  expect(clock.sleeps).toEqual([]);

  const third = send();
  await clock.advance(3_601_000);
  expect((await third).status).toBe(200);
});
