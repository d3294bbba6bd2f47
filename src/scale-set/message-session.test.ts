import { expect, test } from "vitest";
import { clientSetup, sessionAnswer, sessionId, statistics } from "../../test/scale-set/client-setup.ts";
import { answer, exception, never, type Scripted } from "../../test/scale-set/scripted-transport.ts";
import { settle } from "../../test/scale-set/virtual-clock.ts";
import type { MessageSession } from "./message-session.ts";
import type { HttpRequest } from "./ports.ts";

const options = { signal: never };
const poll = { lastMessageId: 0, capacity: 4 };
const message = (messageId: number, jobs: readonly object[] = []) =>
  answer(200, { messageId, messageType: "RunnerScaleSetJobMessages", body: JSON.stringify(jobs), statistics });

/** A session whose creation worked; the answers are those of what follows. */
async function openSession(answers: readonly Scripted[] | ((request: HttpRequest) => Scripted), created = {}) {
  const later: HttpRequest[] = [];
  let isCreated = false;
  const setup = clientSetup({
    answers: (request) => {
      if (!isCreated) {
        isCreated = true;
        return sessionAnswer(created);
      }
      later.push(request);
      return typeof answers === "function" ? answers(request) : answers[later.length - 1];
    },
  });
  const session = await setup.client.createMessageSession(7, { ownerName: "host-1" }, options);
  return { ...setup, session, later };
}

const shape = (requests: readonly HttpRequest[]) =>
  requests.map(
    ({ method, url, headers }) =>
      `${method} ${new URL(url).pathname.split("/").at(-1)} ${headers["Authorization"]?.slice(-13)}`,
  );

test("C-28 a session is asked for with the nil id and the owner's name", async () => {
  const { session, calls } = await openSession([]);

  expect(calls()[0]?.body).toBe('{"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"host-1"}');
  expect(session).toMatchObject({ sessionId, ownerName: "host-1", statistics, emptyAnswerCount: 0 });
  expect(session.scaleSet).toMatchObject({ id: 7, name: "linux" });
});

test.each([
  [exception(409, "RunnerScaleSetSessionConflictException", "held"), "SessionConflict"],
  [answer(409), "SessionConflict"],
  [exception(404, "RunnerScaleSetNotFoundException", "gone"), "ScaleSetNotFound"],
  [answer(201, {}), "UnexpectedStatus"],
])("C-28 a session that is not made is told by its kind", async (refusal, kind) => {
  const { client } = clientSetup({ answers: [refusal] });

  await expect(client.createMessageSession(7, { ownerName: "x" }, options)).rejects.toMatchObject({ kind });
});

test("C-30 the capacity travels with every poll, 0 too", async () => {
  const { session, later } = await openSession(() => answer(202));

  for (const capacity of [3, 0, 2147483647]) await session.getMessage({ lastMessageId: 0, capacity }, options);

  expect(later.map((request) => request.headers["X-Scalesetmaxcapacity"])).toEqual(["3", "0", "2147483647"]);
});

test.each([-1, 1.5, 2147483648, Number.NaN])("C-30 a capacity of %d is refused without a request", async (capacity) => {
  const { session, later } = await openSession([]);

  await expect(session.getMessage({ lastMessageId: 0, capacity }, options)).rejects.toThrow(RangeError);
  expect(later).toHaveLength(0);
});

test("C-31 202 is null, 200 a message, any other 2xx an error", async () => {
  const { session } = await openSession([answer(202), message(5), answer(204), answer(201, {})]);

  expect(await session.getMessage(poll, options)).toBeNull();
  expect(await session.getMessage(poll, options)).toMatchObject({ messageId: 5, statistics });
  await expect(session.getMessage(poll, options)).rejects.toMatchObject({ kind: "UnexpectedStatus", status: 204 });
  await expect(session.getMessage(poll, options)).rejects.toMatchObject({ kind: "UnexpectedStatus", status: 201 });
});

const calls: readonly (readonly [string, (session: MessageSession) => Promise<unknown>, Scripted])[] = [
  ["a poll", (session) => session.getMessage(poll, options), message(5)],
  ["an acknowledgement", (session) => session.deleteMessage(5, options), answer(204)],
  ["an acquisition", (session) => session.acquireJobs([8], options), answer(200, { count: 1, value: [8] })],
];

test.each(calls)("C-32 %s with an expired token renews it once and is repeated once", async (_what, call, success) => {
  const renewed = sessionAnswer({ messageQueueAccessToken: "queue-token-2" });
  const { session, later } = await openSession([answer(401), renewed, success]);

  await call(session);

  expect(later).toHaveLength(3);
  expect(later[1]).toMatchObject({
    method: "PATCH",
    url: expect.stringContaining(`/sessions/${sessionId}?`) as string,
  });
  expect(later[1]?.body).toBeUndefined();
  expect([later[0], later[2]].map((request) => request?.headers["Authorization"])).toEqual([
    "Bearer queue-token-1",
    "Bearer queue-token-2",
  ]);
});

test.each(calls)("C-32 %s that is refused twice says so", async (_what, call) => {
  const { session, later } = await openSession((request) =>
    request.method === "PATCH" ? sessionAnswer() : answer(401, "expired", { "content-type": "text/plain" }),
  );

  await expect(call(session)).rejects.toMatchObject({ kind: "MessageQueueTokenExpired" });
  expect(later).toHaveLength(3);
});

test.each(calls)("C-32 %s tells when the renewal fails", async (_what, call) => {
  const { session } = await openSession((request) =>
    request.method === "PATCH" ? exception(400, "RunnerScaleSetSessionExpiredException", "not valid") : answer(401),
  );

  const failure = call(session);

  await expect(failure).rejects.toThrow(/^failed to refresh message session: request PATCH /);
  await expect(failure).rejects.toMatchObject({ kind: "SessionExpired" });
});

test("C-32 a session evicted with 404 is expired, a scale set that is gone is told as that", async () => {
  const { session } = await openSession([
    answer(401),
    exception(404, "RunnerAdminException", "session not in redis"),
    answer(401),
    exception(404, "RunnerScaleSetNotFoundException", "gone"),
  ]);

  await expect(session.getMessage(poll, options)).rejects.toMatchObject({ kind: "SessionExpired" });
  await expect(session.getMessage(poll, options)).rejects.toMatchObject({ kind: "ScaleSetNotFound" });
});

test("C-33 after a renewal the new queue URL is used", async () => {
  const renewed = sessionAnswer({
    messageQueueUrl: "https://other.test/q?a=1",
    messageQueueAccessToken: "t2-for-queue",
  });
  const { session, later } = await openSession([answer(401), renewed, answer(202), answer(204)]);

  await session.getMessage(poll, options);
  await session.deleteMessage(3, options);

  expect(later.slice(2).map(({ url }) => url)).toEqual(["https://other.test/q?a=1", "https://other.test/q/3?a=1"]);
});

test("C-34 an acknowledgement must be answered by 204; a message that is gone counts as acknowledged", async () => {
  const { session } = await openSession([
    answer(200, {}),
    answer(404),
    exception(404, "RunnerScaleSetNotFoundException", "gone"),
  ]);

  await expect(session.deleteMessage(3, options)).rejects.toMatchObject({ kind: "UnexpectedStatus", status: 200 });
  await expect(session.deleteMessage(3, options)).resolves.toBeUndefined();
  await expect(session.deleteMessage(3, options)).rejects.toMatchObject({ kind: "ScaleSetNotFound" });
});

test("C-35 acquiring uses the queue token at the service's URL and sends a bare list", async () => {
  const { session, later } = await openSession([
    answer(200, { count: 1, value: [6] }),
    answer(200, { count: 0, value: [] }),
  ]);

  expect(await session.acquireJobs([5, 6], options)).toEqual([6]);
  expect(await session.acquireJobs([], options)).toEqual([]);

  expect(later[0]).toMatchObject({
    method: "POST",
    url: "https://service.test/tenant/1/_apis/runtime/runnerscalesets/7/acquirejobs?api-version=6.0-preview",
    body: "[5,6]",
  });
  expect(later[1]?.body).toBe("[]");
  expect(shape(later)).toEqual(["POST acquirejobs queue-token-1", "POST acquirejobs queue-token-1"]);
});

test("C-38 an empty success is no message, after a pause, and is counted", async () => {
  const { session, clock } = await openSession([answer(200, ""), answer(200, "\uFEFF \n"), answer(202)]);
  const startedAtMs = clock.nowMs();

  expect(await clock.run(session.getMessage(poll, options))).toBeNull();
  expect(clock.nowMs() - startedAtMs).toBeGreaterThanOrEqual(1_000);
  expect(await clock.run(session.getMessage(poll, options))).toBeNull();
  expect(await session.getMessage(poll, options)).toBeNull();
  expect(session.emptyAnswerCount).toBe(2);
});

test("C-21 an abort ends a poll at once, and the operation that waited behind it runs", async () => {
  const { session, later } = await openSession((request) => (request.method === "GET" ? "hang" : answer(204)));
  const stop = new AbortController();
  const polling = session.getMessage(poll, { signal: stop.signal });
  const acknowledging = session.deleteMessage(3, options);
  await settle();
  expect(later.map(({ method }) => method)).toEqual(["GET"]);

  stop.abort();

  await expect(polling).rejects.toMatchObject({ kind: "Aborted" });
  await acknowledging;
  expect(later.map(({ method }) => method)).toEqual(["GET", "DELETE"]);
});

test("one operation runs at a time; one that gives up waiting does not let another pass too early", async () => {
  const gate = Promise.withResolvers<void>();
  const { session, transport, later } = await openSession(() => answer(204));
  const script = transport.script;
  transport.script = async (request, index) => {
    const scripted = (await script(request, index))!;
    if (request.url.endsWith("/1")) await gate.promise;
    return scripted;
  };
  const stop = new AbortController();
  const first = session.deleteMessage(1, options);
  const second = session.deleteMessage(2, { signal: stop.signal });
  const third = session.deleteMessage(3, options);
  await settle();
  stop.abort();

  await expect(second).rejects.toMatchObject({ kind: "Aborted" });
  await settle();
  expect(later).toHaveLength(1);
  gate.resolve();
  await Promise.all([first, third]);
  expect(later.map(({ url }) => url.at(-1))).toEqual(["1", "3"]);
});

test.each([
  answer(204),
  exception(400, "RunnerScaleSetSessionExpiredException", "not valid"),
  answer(404),
  exception(404, "RunnerScaleSetNotFoundException", "gone"),
])("giving back a session that is over already is success", async (response) => {
  const { session, later } = await openSession([response]);

  await expect(session.close(options)).resolves.toBeUndefined();
  expect(later[0]).toMatchObject({ method: "DELETE", url: expect.stringContaining(sessionId) as string });
});

test("a session without a queue is given back and made again", async () => {
  const { client, clock, calls } = clientSetup({
    answers: [sessionAnswer({ messageQueueUrl: "" }), answer(204), sessionAnswer()],
  });

  const session = await clock.run(client.createMessageSession(7, { ownerName: "x" }, options));

  expect(session.sessionId).toBe(sessionId);
  expect(calls().map(({ method }) => method)).toEqual(["POST", "DELETE", "POST"]);
});

test("sessions that never have a queue are given up after four", async () => {
  const { client, clock, calls } = clientSetup({
    answers: (request) => (request.method === "POST" ? sessionAnswer({ messageQueueUrl: "" }) : answer(204)),
  });

  await expect(clock.run(client.createMessageSession(7, { ownerName: "x" }, options))).rejects.toThrow(
    "4 sessions without a message queue",
  );
  expect(calls().filter(({ method }) => method === "DELETE")).toHaveLength(4);
});

test("a session's own retry policy leaves the token exchange alone", async () => {
  const { client, clock, calls } = clientSetup({ answers: () => answer(503) });

  await expect(
    clock.run(client.createMessageSession(7, { ownerName: "x", retry: { retryMax: 1 } }, options)),
  ).rejects.toMatchObject({ kind: "RetriesExhausted" });
  expect(calls()).toHaveLength(2);
});
