import { expect, test } from "vitest";
import { clientSetup } from "../../test/scale-set/client-setup.ts";
import type { HttpRequest } from "./ports.ts";
import { settle } from "../../test/scale-set/virtual-clock.ts";
import { answer, jwt, never } from "../../test/scale-set/scripted-transport.ts";

const nothing = () => answer(200, "null");

test("C-05 nothing is sent before the first call, and that one exchanges once", async () => {
  const { client, transport, exchanges } = clientSetup({ answers: nothing });
  expect(transport.requests).toHaveLength(0);

  await client.getScaleSet(1, { signal: never });
  await client.getScaleSet(2, { signal: never });

  expect(exchanges()).toBe(1);
  expect(transport.requests).toHaveLength(4);
});

test.each([
  [59, 2],
  [60, 1],
  [61, 1],
])("C-06 a token that ends in %i s: %i exchanges after the second call", async (leftSeconds, count) => {
  const { client, clock, exchanges } = clientSetup({ answers: nothing, adminTokenMs: 600_000 });
  await client.getScaleSet(1, { signal: never });
  await clock.advance(600_000 - leftSeconds * 1_000);

  await client.getScaleSet(1, { signal: never });

  expect(exchanges()).toBe(count);
});

test("C-07 a failed exchange leaves the old connection as it was", async () => {
  const { client, clock, transport, calls, exchanges } = clientSetup({ answers: nothing, adminTokenMs: 100_000 });
  await client.getScaleSet(1, { signal: never });
  const script = transport.script;
  transport.script = (request, index) =>
    request.url.endsWith("registration-token") ? answer(403, { message: "no" }) : script(request, index);
  await clock.advance(50_000);

  await expect(client.getScaleSet(1, { signal: never })).rejects.toMatchObject({ kind: "Forbidden" });
  expect(calls()).toHaveLength(1);

  transport.script = script;
  await client.getScaleSet(1, { signal: never });
  expect(exchanges()).toBe(2);
  const tokens = calls().map((request) => request.headers["Authorization"]);
  expect(new Set(tokens).size).toBe(2);
});

test("C-07 the old connection serves on when the clock that called it old is set back", async () => {
  const { client, clock, transport, calls, exchanges } = clientSetup({ answers: nothing, adminTokenMs: 100_000 });
  await client.getScaleSet(1, { signal: never });
  const script = transport.script;
  transport.script = (request, index) =>
    request.url.endsWith("registration-token") ? answer(403, { message: "no" }) : script(request, index);
  await clock.advance(50_000);
  await expect(client.getScaleSet(1, { signal: never })).rejects.toMatchObject({ kind: "Forbidden" });

  await clock.advance(-40_000);
  await client.getScaleSet(1, { signal: never });
  expect([exchanges(), calls().length]).toEqual([1, 2]);
});

test("C-10 fifty calls at once with an expired token share one exchange", async () => {
  const { client, clock, calls, exchanges } = clientSetup({ answers: nothing, adminTokenMs: 100_000 });
  await client.getScaleSet(1, { signal: never });
  await clock.advance(100_000);

  await Promise.all(Array.from({ length: 50 }, (_, id) => client.getScaleSet(id, { signal: never })));

  expect(exchanges()).toBe(2);
  expect(calls()).toHaveLength(51);
});

test("one caller's abort leaves the shared exchange to the others", async () => {
  const { client, transport, exchanges } = clientSetup({ answers: nothing });
  const script = transport.script;
  const gate = Promise.withResolvers<void>();
  transport.script = async (request, index) => {
    if (request.url.endsWith("registration-token")) await gate.promise;
    return (await script(request, index))!;
  };
  const leaving = new AbortController();
  const left = client.getScaleSet(1, { signal: leaving.signal });
  const stayed = client.getScaleSet(2, { signal: never });
  leaving.abort();

  await expect(left).rejects.toMatchObject({ kind: "Aborted" });
  gate.resolve();
  await expect(stayed).resolves.toBeNull();
  expect(exchanges()).toBe(1);
});

test("an exchange that nobody waits for any more is ended, and the next call begins its own", async () => {
  const { client, transport, exchanges } = clientSetup({ answers: nothing });
  const script = transport.script;
  let hanging: HttpRequest | undefined;
  transport.script = (request, index) => {
    if (hanging !== undefined) return script(request, index);
    hanging = request;
    return "hang";
  };
  const send = transport.send.bind(transport);
  const reasons: unknown[] = [];
  transport.send = (request, options) =>
    send(request, options).catch((error: unknown) => {
      reasons.push(error);
      throw error;
    });
  const stop = new AbortController();
  const calls = [1, 2].map((id) => client.getScaleSet(id, { signal: stop.signal }));
  await settle();
  stop.abort();

  await expect(Promise.allSettled(calls)).resolves.toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  await settle();
  expect(reasons).toHaveLength(1);
  await client.getScaleSet(3, { signal: never });
  expect(exchanges()).toBe(1);
});

test("C-43 an admin token that is refused is replaced once and the call repeated once", async () => {
  const refusals = [answer(401, { message: "token expired" }), answer(200, "null")];
  const { client, calls, exchanges } = clientSetup({ answers: refusals });

  await expect(client.getScaleSet(1, { signal: never })).resolves.toBeNull();

  expect(exchanges()).toBe(2);
  const [first, second] = calls().map((request) => request.headers["Authorization"]);
  expect(first).not.toBe(second);
});

test("C-43 a second refusal is the caller's", async () => {
  const { client, calls, exchanges } = clientSetup({ answers: () => answer(401, { message: "go away" }) });

  await expect(client.getScaleSet(1, { signal: never })).rejects.toMatchObject({ kind: "Unauthorized", status: 401 });

  expect(calls()).toHaveLength(2);
  expect(exchanges()).toBe(2);
});

test("a refusal of an old token does not throw away a newer one", async () => {
  const late = Promise.withResolvers<void>();
  let first = true;
  const { client, transport, exchanges } = clientSetup({ answers: nothing });
  const script = transport.script;
  transport.script = async (request, index) => {
    if (request.url.includes("runnerscalesets/1")) {
      if (first) {
        first = false;
        await late.promise;
        return answer(401, {});
      }
    }
    if (request.url.includes("runnerscalesets/2") && index < 5) return answer(401, {});
    return (await script(request, index))!;
  };

  const slow = client.getScaleSet(1, { signal: never });
  await client.getScaleSet(2, { signal: never });
  late.resolve();
  await slow;

  expect(exchanges()).toBe(2);
});

test("the token of the answer is a JWT whose exp is truncated to whole seconds", async () => {
  const { client, clock, transport, calls } = clientSetup({ answers: nothing });
  const script = transport.script;
  let tokenCount = 0;
  transport.script = (request, index) => {
    if (!request.url.endsWith("runner-registration")) return script(request, index);
    tokenCount += 1;
    const token = jwt(0, { exp: clock.nowMs() / 1000 + 60.9 });
    return answer(200, { url: "https://service.test", token });
  };

  await client.getScaleSet(1, { signal: never });
  await clock.advance(100);
  await client.getScaleSet(1, { signal: never });

  expect(calls()).toHaveLength(2);
  expect(tokenCount).toBe(2);
});
