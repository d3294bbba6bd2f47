import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { SampleScaler } from "../../test/scale-set/sample-scaler.ts";
import { answer, exception } from "../../test/scale-set/scripted-transport.ts";
import { SmallService } from "../../test/scale-set/small-service.ts";
import { settle, VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import type { ListenerPatience } from "./connection-trouble.ts";
import { Listener, type Delivery, type ListenerHandler } from "./listener.ts";
import type { ListenerState } from "./listener-state.ts";
import { PatTokenSource } from "./pat-token.ts";
import { ScaleSetClient } from "./scale-set-client.ts";
import { desiredRunnerCount, type Statistics } from "./statistics.ts";

const assigned = (jobId: string) => ({ messageType: "JobAssigned", jobId });
const started = (jobId: string, runnerName: string) => ({ messageType: "JobStarted", jobId, runnerName, runnerId: 1 });
const completed = (jobId: string, runnerName: string) => ({
  messageType: "JobCompleted",
  jobId,
  runnerName,
  result: "succeeded",
});
const available = (runnerRequestId: number) => ({
  messageType: "JobAvailable",
  runnerRequestId,
  jobId: `job-${runnerRequestId}`,
});

/** A listener at a small service, with a sample scaler behind it unless the test says otherwise. */
function world(handler: Partial<ListenerHandler> = {}, patience: Partial<ListenerPatience> = {}) {
  const clock = new VirtualClock();
  const service = new SmallService(clock);
  const scaler = new SampleScaler();
  const states: ListenerState[] = [];
  const logged: string[] = [];
  const deliveries: Delivery[] = [];
  const client = new ScaleSetClient({
    configUrl: "https://github.com/acme",
    tokenSource: new PatTokenSource("ghp_1"),
    transport: service,
    clock,
    identity: { system: "drover" },
  });
  const listener = new Listener({
    client,
    scaleSetId: 7,
    ownerName: "me",
    clock,
    patience,
    log: (level, message) => void logged.push(`${level}: ${message}`),
    handler: {
      capacity: () => scaler.maxRunners,
      onStatistics: (counts) => void scaler.scaleTo(counts.totalAssignedJobs),
      onMessage: (message, counts) => {
        deliveries.push(message);
        message.jobs.forEach((job) => scaler.apply(job));
        scaler.scaleTo(counts.totalAssignedJobs);
      },
      onState: (state) => void states.push(state),
      ...handler,
    },
  });
  const stop = new AbortController();
  const start = () => {
    const running = listener.run({ signal: stop.signal });
    running.catch(() => undefined);
    return running;
  };
  const codes = () => states.map((state) => (state.kind === "retrying" ? state.code : state.kind));
  return { clock, service, scaler, listener, states, codes, logged, deliveries, stop, start };
}

test.each([
  [{ sessionId: "00000000-0000-0000-0000-000000000000" }, "initial session is nil"],
  [{ statistics: null }, "session statistics is nil"],
])("L-01 an unusable session (%j) is given back, reported and asked for again", async (members, reason) => {
  const { clock, service, scaler, states, stop, start } = world();
  service.sessionMembers = members;
  const running = start();
  await clock.advance(500);

  expect(scaler.desired).toEqual([]);
  expect(service.calls.some((call) => call.startsWith("poll"))).toBe(false);
  expect(states.at(-1)).toMatchObject({ kind: "retrying", code: "session-unusable", message: reason });

  service.sessionMembers = {};
  service.holder = undefined;
  await clock.advance(5_000);
  expect(states.at(-1)).toMatchObject({ kind: "connected" });
  stop.abort();
  await running;
});

test.each([0, 3])(
  "L-02 the session's own counts (%i assigned) are acted on before any message",
  async (assignedJobs) => {
    const { clock, service, scaler, stop, start } = world();
    service.assignedJobs = assignedJobs;
    const running = start();
    await clock.advance(10);

    expect(scaler.desired).toEqual([assignedJobs]);
    stop.abort();
    await running;
  },
);

test("L-03 a window without a message repeats the last counts", async () => {
  const { clock, service, scaler, stop, start } = world();
  const running = start();
  await clock.advance(10);
  service.assignedJobs = 2;
  service.publish([assigned("a"), assigned("b")]);
  await clock.advance(10);
  service.assignedJobs = 9;
  await clock.advance(50_000);

  expect(scaler.desired).toEqual([0, 2, 2]);
  stop.abort();
  await running;
});

test("L-04 the cursor is 0 at the start and the last message's id afterwards", async () => {
  const { clock, service, stop, start } = world();
  const running = start();
  await clock.advance(10);
  service.publish([]);
  await clock.advance(10);
  service.publish([]);
  await clock.advance(10);

  expect(service.calls.filter((call) => call.startsWith("poll"))).toEqual([
    "poll 0 cap 10",
    "poll 1 cap 10",
    "poll 2 cap 10",
  ]);
  stop.abort();
  await running;
});

test("L-05 the order is acquire, events and desired count, acknowledge", async () => {
  const order: string[] = [];
  const { clock, service, stop, start } = world({
    onMessage: async (message, counts) => {
      order.push(...service.calls.filter((call) => /^(acquire|ack)/.test(call)));
      await settle();
      order.push(...message.jobs.map((job) => job.messageType), `desired ${counts.totalAssignedJobs}`);
    },
  });
  service.assignedJobs = 1;
  service.publish([started("a", "r1"), available(8), completed("b", "r2")]);
  const running = start();
  await clock.advance(10);

  expect(order).toEqual(["acquire 8", "JobStarted", "JobAvailable", "JobCompleted", "desired 1"]);
  expect(service.calls.filter((call) => /^(acquire|ack)/.test(call))).toEqual(["acquire 8", "ack 1"]);
  stop.abort();
  await running;
});

test("L-06 only offered jobs are acquired, in one call, and none without offers", async () => {
  const { clock, service, deliveries, stop, start } = world();
  service.publish([available(8), assigned("a"), available(9), completed("b", "x")]);
  service.publish([assigned("c")]);
  const running = start();
  await clock.advance(10);

  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual(["acquire 8,9"]);
  expect(deliveries.map((delivery) => delivery.acquiredRequestIds)).toEqual([[8, 9], []]);
  stop.abort();
  await running;
});

test("L-06 a handler takes what it has room for; the rest is offered to it again after the next poll", async () => {
  let room = 1;
  const asked: (readonly number[])[] = [];
  const { clock, service, stop, start } = world({
    chooseOffers: (offers) => {
      asked.push(offers.map((offer) => offer.runnerRequestId));
      return offers.slice(0, room).map((offer) => offer.runnerRequestId);
    },
  });
  service.publish([available(8), available(9)]);
  const running = start();
  await clock.advance(10);
  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual(["acquire 8"]);

  room = 0;
  await clock.advance(50_000);
  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual(["acquire 8"]);
  room = 1;
  await clock.advance(50_000);
  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual(["acquire 8", "acquire 9"]);
  await clock.advance(50_000);
  expect(asked).toEqual([[8, 9], [9], [9]]);
  stop.abort();
  await running;
});

test("L-07 an assigned job alone starts only what the counts ask for", async () => {
  const { clock, service, scaler, stop, start } = world();
  service.assignedJobs = 1;
  service.publish([assigned("a"), assigned("b"), assigned("c")]);
  const running = start();
  await clock.advance(10);

  expect(scaler.runners.size).toBe(1);
  expect(service.calls.some((call) => call.startsWith("acquire"))).toBe(false);
  stop.abort();
  await running;
});

test("L-08 a stop while a message is handled lets it be finished and acknowledged, then the run ends", async () => {
  const gate = Promise.withResolvers<void>();
  let handlerSignal: AbortSignal | undefined;
  const { clock, service, stop, start } = world({
    onMessage: async (_message, _counts, { signal }) => {
      handlerSignal = signal;
      await gate.promise;
    },
  });
  service.publish([assigned("a")]);
  service.publish([assigned("b")]);
  const running = start();
  await clock.advance(10);

  stop.abort();
  await settle();
  expect(handlerSignal?.aborted).toBe(false);
  gate.resolve();
  await running;

  expect(service.acknowledged).toEqual([1]);
  expect(service.calls.at(-1)).toBe("close");
});

test("L-08 a handler that does not finish after a stop is told to, after the grace", async () => {
  let handlerSignal: AbortSignal | undefined;
  const { clock, service, stop, start } = world({
    onMessage: (_message, _counts, { signal }) => {
      handlerSignal = signal;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
  });
  service.publish([assigned("a")]);
  const running = start();
  await clock.advance(10);
  stop.abort();
  await clock.advance(29_000);
  expect(handlerSignal?.aborted).toBe(false);
  await clock.advance(2_000);
  await running;

  expect(handlerSignal?.aborted).toBe(true);
  expect(service.acknowledged).toEqual([]);
  expect(service.calls.at(-1)).toBe("close");
});

test("L-09 a stop ends a poll at once and gives the session back", async () => {
  const { clock, service, stop, start } = world();
  const running = start();
  await clock.advance(10);
  const stoppedAtMs = clock.nowMs();
  stop.abort();
  await running;

  expect(clock.nowMs()).toBe(stoppedAtMs);
  expect(service.calls.at(-1)).toBe("close");
  expect(service.holder).toBeUndefined();
  expect(clock.sleeperCount).toBe(0);
});

test("L-09 a session that cannot be given back does not hold up the end", async () => {
  const { clock, service, logged, stop, start } = world();
  service.fault = (call) => (call === "close" ? "hang" : undefined);
  const running = start();
  await clock.advance(10);
  stop.abort();
  await clock.advance(30_001);
  await running;

  expect(logged.join()).toContain("session not given back");
});

test("L-09 a stop while a session is being made does not leave it behind", async () => {
  const gate = Promise.withResolvers<void>();
  const { clock, service, stop, start } = world();
  const send = service.send.bind(service);
  service.send = async (request, options) => {
    const response = await send(request, options);
    if (request.url.includes("/sessions?")) await gate.promise;
    return response;
  };
  const running = start();
  await clock.advance(10);
  stop.abort();
  await settle();
  gate.resolve();
  await running;

  expect(service.calls).toEqual(["create", "close"]);
  expect(service.holder).toBeUndefined();
});

test("L-10 a message whose acknowledgement failed is not handled a second time", async () => {
  const { clock, service, scaler, deliveries, listener, stop, start } = world();
  service.assignedJobs = 1;
  service.publish([assigned("a")]);
  let refusals = 6;
  service.fault = (call) => (call === "ack 1" && refusals-- > 0 ? answer(503) : undefined);
  const running = start();
  await clock.advance(60_000);

  expect(service.acknowledged).toEqual([1]);
  expect(deliveries).toHaveLength(1);
  expect(scaler.startedCount).toBe(1);
  expect(listener.counts.redeliveries).toBe(1);
  stop.abort();
  await running;
});

test("L-10 a message that comes again after a restart starts no second runner", async () => {
  const first = world();
  first.service.assignedJobs = 1;
  first.service.publish([assigned("a"), started("a", "runner-1")]);
  // The first process dies before it acknowledges; the second one has its runners.
  first.service.fault = (call) => (call.startsWith("ack") ? "hang" : undefined);
  void first.start();
  await first.clock.advance(10);
  first.service.evict();
  first.service.fault = () => undefined;

  const client = new ScaleSetClient({
    configUrl: "https://github.com/acme",
    tokenSource: new PatTokenSource("ghp_1"),
    transport: first.service,
    clock: first.clock,
    identity: { system: "drover" },
  });
  const { scaler } = first;
  const stop = new AbortController();
  const listener = new Listener({
    client,
    scaleSetId: 7,
    ownerName: "me-again",
    clock: first.clock,
    handler: {
      capacity: () => 10,
      onStatistics: (counts) => void scaler.scaleTo(counts.totalAssignedJobs),
      onMessage: (message, counts) => {
        message.jobs.forEach((job) => scaler.apply(job));
        scaler.scaleTo(counts.totalAssignedJobs);
      },
    },
  });
  const running = listener.run({ signal: stop.signal });
  await first.clock.advance(10);

  expect(first.service.acknowledged).toEqual([1]);
  expect(scaler.startedCount).toBe(1);
  expect([...scaler.runners]).toEqual([["runner-1", "busy"]]);
  stop.abort();
  await running;
});

test("L-11 news of runners that nobody knows change nothing and are acknowledged", async () => {
  const { clock, service, scaler, stop, start } = world();
  service.publish([started("a", "stranger"), completed("a", "stranger"), completed("b", "")]);
  const running = start();
  await clock.advance(10);

  expect(scaler.runners.size).toBe(0);
  expect(service.acknowledged).toEqual([1]);
  stop.abort();
  await running;
});

test("L-12 with 120 jobs assigned and 50 named, 120 count", async () => {
  const { clock, service, scaler, stop, start } = world();
  scaler.maxRunners = 500;
  service.assignedJobs = 120;
  service.publish(Array.from({ length: 50 }, (_, index) => assigned(`job-${index}`)));
  const running = start();
  await clock.advance(10);

  expect(scaler.desired).toEqual([120, 120]);
  stop.abort();
  await running;
});

test("L-13 a change of the maximum is in the next poll's header", async () => {
  const { clock, service, scaler, stop, start } = world();
  const running = start();
  await clock.advance(10);
  scaler.maxRunners = 0;
  await clock.advance(50_000);
  scaler.maxRunners = 4;
  await clock.advance(50_000);

  expect(service.calls.filter((call) => call.startsWith("poll"))).toEqual([
    "poll 0 cap 10",
    "poll 0 cap 0",
    "poll 0 cap 4",
  ]);
  stop.abort();
  await running;
});

test("L-13 a poll in flight can be replaced at once by one with the new capacity", async () => {
  const { clock, service, scaler, listener, states, stop, start } = world();
  scaler.maxRunners = 0;
  const running = start();
  await clock.advance(10);
  scaler.maxRunners = 3;
  listener.repoll();
  await clock.advance(10);
  service.publish([assigned("a")]);
  await clock.advance(10);

  expect(service.calls).toEqual(["create", "poll 0 cap 0", "poll 0 cap 3", "ack 1", "poll 1 cap 3"]);
  expect(states.map((state) => state.kind)).toEqual(["connecting", "connected"]);
  stop.abort();
  await running;
});

test.each([
  [0, 5, 6, 5],
  [1, 3, 0, 1],
  [1, Infinity, 3, 4],
])("L-14 min %d, max %d, %d assigned: %d runners", (minRunners, maxRunners, assignedJobs, count) => {
  expect(desiredRunnerCount({ minRunners, maxRunners, assignedJobs })).toBe(count);
});

test("L-15 a session that another holds is asked for every ten seconds, and had once the holder leaves", async () => {
  const { clock, service, codes, states, stop, start } = world();
  service.holder = "somebody";
  const startedAtMs = clock.nowMs();
  const running = start();
  await clock.advance(75_000);

  expect(service.calls.filter((call) => call === "create")).toHaveLength(8);
  expect(states.at(-1)).toMatchObject({
    kind: "retrying",
    code: "session-conflict",
    sinceMs: startedAtMs,
    nextAttemptAtMs: startedAtMs + 80_000,
  });
  service.holder = undefined;
  await clock.advance(5_001);
  expect(codes().at(-1)).toBe("connected");
  stop.abort();
  await running;
});

test("L-15 after three minutes of conflict an alarm is raised, once, and the pause is half a minute", async () => {
  const { clock, service, logged, stop, start } = world();
  service.holder = "somebody";
  const running = start();
  await clock.advance(181_000);
  const createsBefore = service.calls.length;
  expect(logged.filter((line) => line.startsWith("error"))).toHaveLength(1);
  await clock.advance(300_000);

  expect(service.calls.length - createsBefore).toBe(10);
  expect(logged.filter((line) => line.startsWith("error"))).toEqual([
    "error: another listener holds the session of this scale set",
  ]);
  expect(service.calls).not.toContain("close");
  stop.abort();
  await running;
});

test("L-15 the conflict of a session whose creation was applied and its answer lost heals like any other", async () => {
  const { clock, service, codes, stop, start } = world();
  let lost = false;
  service.fault = (call) => {
    if (call !== "create" || lost) return undefined;
    lost = true;
    return "lose-answer";
  };
  const running = start();
  await clock.advance(60_000);
  expect(codes().at(-1)).toBe("session-conflict");
  service.evict();
  await clock.advance(11_000);

  expect(codes().at(-1)).toBe("connected");
  stop.abort();
  await running;
});

test("L-16 an evicted session is replaced at once and no demand is lost", async () => {
  const { clock, service, scaler, codes, listener, stop, start } = world();
  const running = start();
  await clock.advance(10);
  service.evict();
  service.assignedJobs = 3;
  service.publish([assigned("a"), assigned("b"), assigned("c")]);
  await clock.advance(10);

  expect(scaler.desired.at(-1)).toBe(3);
  expect(service.acknowledged).toEqual([1]);
  expect(listener.counts.sessions).toBe(2);
  expect(codes()).toEqual(["connecting", "connected", "session-lost", "connected"]);
  stop.abort();
  await running;
});

test("L-16 sessions that are evicted again and again are made with growing pauses", async () => {
  const { clock, service, stop, start } = world();
  service.fault = (call) =>
    call.startsWith("poll") || call === "refresh" ? exception(404, "RunnerAdminException", "") : undefined;
  const running = start();
  await clock.advance(120_000);

  expect(service.calls.filter((call) => call === "create").length).toBeLessThan(10);
  stop.abort();
  await running;
});

test("an expired token in the middle of a poll costs one refresh and no message", async () => {
  const { clock, service, codes, stop, start } = world();
  const running = start();
  await clock.advance(10_000);
  service.expireQueueToken();
  service.publish([assigned("a")]);
  await clock.advance(10);

  expect(service.calls).toEqual(["create", "poll 0 cap 10", "refresh", "poll 0 cap 10", "ack 1", "poll 1 cap 10"]);
  expect(codes()).toEqual(["connecting", "connected"]);
  stop.abort();
  await running;
});

test("L-17 a scale set that is gone ends the run with that error, from a poll and from the creation", async () => {
  const { clock, service, start } = world();
  const running = start();
  await clock.advance(10);
  service.isDeleted = true;
  service.expireQueueToken();

  await expect(clock.run(running)).rejects.toMatchObject({ kind: "ScaleSetNotFound" });
  expect(service.calls).not.toContain("close");
  const callCount = service.calls.length;
  await clock.advance(600_000);
  expect(service.calls).toHaveLength(callCount);

  const second = world();
  second.service.isDeleted = true;
  await expect(second.clock.run(second.start())).rejects.toMatchObject({ kind: "ScaleSetNotFound" });
  expect(second.service.calls).toEqual(["create"]);
});

test("an outage is survived with pauses that grow to a minute, and the state says so", async () => {
  const { clock, service, states, deliveries, stop, start } = world();
  const running = start();
  await clock.advance(10);
  const brokenAtMs = clock.nowMs();
  service.publish([assigned("a")]);
  service.fault = () => new Error("connection refused");
  service.expireQueueToken();
  await clock.advance(30 * 60_000);

  const pauses = states.flatMap((state) => (state.kind === "retrying" ? [state] : []));
  expect(pauses.length).toBeGreaterThan(10);
  expect(pauses.every((state) => state.code === "transport" && state.sinceMs >= brokenAtMs)).toBe(true);
  expect(new Set(pauses.map((state) => state.sinceMs)).size).toBe(1);
  const last = pauses.at(-1)!;
  expect(last.nextAttemptAtMs - clock.nowMs()).toBeLessThanOrEqual(60_000);

  service.fault = () => undefined;
  await clock.advance(60_000);
  expect(deliveries).toHaveLength(1);
  expect(states.at(-1)).toMatchObject({ kind: "connected" });
  stop.abort();
  await running;
});

test("after an outage the pauses begin short again", async () => {
  const { clock, service, states, stop, start } = world();
  const running = start();
  await clock.advance(10);
  for (let outage = 0; outage < 2; outage += 1) {
    service.fault = () => new Error("connection refused");
    service.expireQueueToken();
    await clock.advance(5 * 60_000);
    states.length = 0;
    service.fault = () => undefined;
    await clock.advance(120_000);
  }
  service.fault = (call) => (call.startsWith("poll") ? answer(400) : undefined);
  await clock.advance(50_000);

  const first = states.find((state) => state.kind === "retrying");
  expect(first).toMatchObject({ code: "refused" });
  expect(first?.kind === "retrying" && first.nextAttemptAtMs - first.sinceMs).toBe(1_000);
  stop.abort();
  await running;
});

test("L-15 a later conflict raises its own alarm", async () => {
  const { clock, service, logged, stop, start } = world();
  service.holder = "somebody";
  const running = start();
  await clock.advance(200_000);
  service.holder = undefined;
  await clock.advance(60_000);
  service.takeOver("somebody else");
  await clock.advance(250_000);

  expect(logged.filter((line) => line.startsWith("error"))).toHaveLength(2);
  stop.abort();
  await running;
});

test("offers of a lost session are not acquired in the next one, which makes them again", async () => {
  let room = 0;
  const { clock, service, stop, start } = world({
    chooseOffers: (offers) => offers.slice(0, room).map((offer) => offer.runnerRequestId),
  });
  service.publish([available(8)]);
  const running = start();
  await clock.advance(10);
  service.evict();
  room = 5;
  await clock.advance(50_000);
  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual([]);
  service.publish([available(8)]);
  await clock.advance(10);

  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual(["acquire 8"]);
  stop.abort();
  await running;
});

test("sessions that are lost while a message is handled cost the message none of its attempts", async () => {
  let losses = 4;
  const { clock, service, listener, deliveries, stop, start } = world({}, { handlingAttempts: 2 });
  service.publish([available(8)]);
  service.fault = (call) => {
    if (call.startsWith("acquire") && losses-- > 0) service.evict();
    return undefined;
  };
  const running = start();
  await clock.advance(120_000);

  expect(deliveries).toMatchObject([{ messageId: 1, acquiredRequestIds: [8] }]);
  expect(listener.counts).toMatchObject({ givenUpMessages: 0, sessions: 5 });
  stop.abort();
  await running;
});

test("a long run leaves no listener on its signal", async () => {
  const { clock, service, stop, start } = world();
  const running = start();
  for (let message = 0; message < 20; message += 1) {
    service.publish([assigned(`job-${message}`)]);
    await clock.advance(60_000);
  }

  expect(getEventListeners(stop.signal, "abort").length).toBeLessThanOrEqual(3);
  stop.abort();
  await running;
  expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
});

test("a poll that hangs is given up after five minutes, each time with the capacity of the moment", async () => {
  const { clock, service, scaler, codes, stop, start } = world();
  service.fault = (call) => (call.startsWith("poll") ? "hang" : undefined);
  const running = start();
  await clock.advance(299_000);
  expect(service.calls).toEqual(["create", "poll 0 cap 10"]);
  scaler.maxRunners = 6;
  await clock.advance(3_000);

  expect(service.calls.slice(1)).toEqual(["poll 0 cap 10", "poll 0 cap 6"]);
  expect(codes().at(-1)).toBe("transport");
  service.fault = () => undefined;
  stop.abort();
  await running;
});

test("the wait that a server asks for is kept", async () => {
  const { clock, service, states, stop, start } = world();
  service.fault = (call) => (call.startsWith("poll") ? answer(429, "", { "retry-after": "90" }) : undefined);
  const running = start();
  await clock.advance(10);

  expect(states.at(-1)).toMatchObject({ code: "rate-limited", nextAttemptAtMs: clock.nowMs() - 10 + 90_000 });
  stop.abort();
  await running;
});

test("C-38 empty successes are counted and paused for", async () => {
  const { clock, service, listener, stop, start } = world();
  service.fault = (call) => (call.startsWith("poll") ? answer(200, "") : undefined);
  const running = start();
  await clock.advance(20_000);

  expect(listener.counts.emptyAnswers).toBeGreaterThanOrEqual(18);
  expect(listener.counts.emptyAnswers).toBeLessThanOrEqual(20);
  stop.abort();
  await running;
});

test("a message on which the handler fails comes again, and is given up after five attempts", async () => {
  let failures = 0;
  const { clock, service, listener, logged, codes, stop, start } = world({
    onMessage: (message) => {
      if (message.messageId !== 1) return;
      failures += 1;
      throw new Error("disk full");
    },
  });
  service.publish([assigned("a")]);
  service.publish([assigned("b")]);
  const running = start();
  await clock.advance(14_000);
  expect(service.acknowledged).toEqual([]);
  expect(codes().at(-1)).toBe("handler-failed");
  await clock.advance(10_000);

  expect(failures).toBe(5);
  expect(service.acknowledged).toEqual([1, 2]);
  expect(listener.counts.givenUpMessages).toBe(1);
  expect(logged).toContain("error: message given up after too many failed attempts");
  expect(codes().at(-1)).toBe("connected");
  stop.abort();
  await running;
});

test("a handler that recovers gets the message whole, and nothing is given up", async () => {
  let failures = 2;
  const seen: string[] = [];
  const { clock, service, listener, stop, start } = world({
    onMessage: (message) => {
      if (failures-- > 0) throw new Error("not now");
      seen.push(...message.jobs.map((job) => job.jobId));
    },
  });
  service.publish([assigned("a")]);
  const running = start();
  await clock.advance(10_000);

  expect(seen).toEqual(["a"]);
  expect(service.acknowledged).toEqual([1]);
  expect(listener.counts.givenUpMessages).toBe(0);
  stop.abort();
  await running;
});

test("when acquiring fails for long, the rest of the message goes on and the offers stay open", async () => {
  let broken = true;
  const { clock, service, deliveries, stop, start } = world({}, { handlingAttempts: 2 });
  service.fault = (call) => (broken && call.startsWith("acquire") ? answer(400, { message: "no" }) : undefined);
  service.publish([available(8), completed("x", "r")]);
  const running = start();
  await clock.advance(5_000);
  expect(deliveries).toMatchObject([{ messageId: 1, acquiredRequestIds: [] }]);
  expect(service.acknowledged).toEqual([1]);

  broken = false;
  await clock.advance(50_000);
  expect(service.calls.filter((call) => call.startsWith("acquire")).length).toBeGreaterThanOrEqual(3);
  const after = service.calls.length;
  await clock.advance(50_000);
  expect(service.calls.slice(after).some((call) => call.startsWith("acquire"))).toBe(false);
  stop.abort();
  await running;
});

test("an offer that is over is not asked for", async () => {
  const { clock, service, stop, start } = world({ chooseOffers: (offers) => (offers.length > 1 ? [] : [8]) });
  service.publish([available(8), available(9)]);
  service.publish([completed("job-9", "")]);
  const running = start();
  await clock.advance(10);

  expect(service.calls.filter((call) => call.startsWith("acquire"))).toEqual(["acquire 8"]);
  stop.abort();
  await running;
});

test("a message of an unknown envelope type is acknowledged and its counts are used", async () => {
  const { clock, service, scaler, logged, stop, start } = world();
  const running = start();
  await clock.advance(10);
  service.assignedJobs = 2;
  service.publish([assigned("a")], "SomethingNew");
  await clock.advance(10);

  expect(service.acknowledged).toEqual([1]);
  expect(scaler.desired.at(-1)).toBe(2);
  expect(logged).toContain("warn: message with unreadable parts");
  stop.abort();
  await running;
});

test("a failing capacity or statistics call is trouble of the handler, not the end", async () => {
  let capacityFailures = 1;
  let statisticsFailures = 1;
  const seen: Statistics[] = [];
  const { clock, codes, stop, start } = world({
    capacity: () => {
      if (capacityFailures-- > 0) throw new Error("no capacity");
      return 1;
    },
    onStatistics: (counts) => {
      if (statisticsFailures-- > 0) throw new Error("no statistics");
      seen.push(counts);
    },
  });
  const running = start();
  await clock.advance(60_000);

  expect(seen.length).toBeGreaterThan(0);
  expect(codes()).toEqual(["connecting", "handler-failed", "connected", "handler-failed", "connected"]);
  stop.abort();
  await running;
});
