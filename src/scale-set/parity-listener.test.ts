import { expect, test } from "vitest";
import { SampleScaler } from "../../test/scale-set/sample-scaler.ts";
import { answer, never } from "../../test/scale-set/scripted-transport.ts";
import { SmallService } from "../../test/scale-set/small-service.ts";
import { VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import { listenInParity } from "./parity-listener.ts";
import { PatTokenSource } from "./pat-token.ts";
import { ScaleSetClient } from "./scale-set-client.ts";

const started = (jobId: string, runnerName: string) => ({ messageType: "JobStarted", jobId, runnerName });
const completed = (jobId: string, runnerName: string) => ({ messageType: "JobCompleted", jobId, runnerName });
const available = (runnerRequestId: number) => ({ messageType: "JobAvailable", runnerRequestId });

async function world(sessionMembers: Readonly<Record<string, unknown>> = {}, assignedJobs = 0) {
  const clock = new VirtualClock();
  const service = new SmallService(clock);
  service.sessionMembers = sessionMembers;
  service.assignedJobs = assignedJobs;
  const client = new ScaleSetClient({
    configUrl: "https://github.com/acme",
    tokenSource: new PatTokenSource("ghp_1"),
    transport: service,
    clock,
    identity: { system: "drover" },
  });
  const open = () => client.createMessageSession(7, { ownerName: "me" }, { signal: never });
  const scaler = new SampleScaler();
  const order: string[] = [];
  const handler = {
    maxRunners: () => scaler.maxRunners,
    jobStarted: (job: { jobId: string }) => void order.push(`started ${job.jobId}`),
    jobCompleted: (job: { jobId: string }) => void order.push(`completed ${job.jobId}`),
    desiredRunnerCount: (count: number) => {
      order.push(`desired ${count}`);
      return scaler.scaleTo(count);
    },
  };
  return { clock, service, scaler, order, handler, open, session: await open() };
}

test.each([
  [{ sessionId: null }, "initial session is nil"],
  [{ statistics: null }, "session statistics is nil"],
])("L-01 parity: a session with %j refuses to start", async (members, message) => {
  const { session, handler, order } = await world(members);

  await expect(listenInParity(session, handler, { signal: never })).rejects.toThrow(message);
  expect(order).toEqual([]);
});

test("L-02 L-03 L-04 parity: initial count, repeated after an empty window, cursor of the last message", async () => {
  const { clock, service, session, handler, order } = await world({}, 2);
  const running = listenInParity(session, handler, { signal: never });
  running.catch(() => undefined);
  await clock.advance(50_000);
  service.assignedJobs = 3;
  service.publish([]);
  await clock.advance(10);

  expect(order).toEqual(["desired 2", "desired 2", "desired 3"]);
  expect(service.calls).toEqual(["create", "poll 0 cap 10", "poll 0 cap 10", "ack 1", "poll 1 cap 10"]);
});

test("L-05 parity: acknowledge, acquire, started, completed, desired count", async () => {
  const { clock, service, session, handler, order } = await world();
  const calls = service.calls;
  calls.push = (call: string) => {
    if (/^(ack|acquire)/.test(call)) order.push(call);
    return Array.prototype.push.call(calls, call);
  };
  service.publish([completed("a", "x"), available(8), started("b", "y"), available(9)]);
  const running = listenInParity(session, handler, { signal: never });
  running.catch(() => undefined);
  await clock.advance(10);

  expect(order).toEqual(["desired 0", "ack 1", "acquire 8,9", "started b", "completed a", "desired 0"]);
});

test("L-08 parity: a stop while a message is handled lets it be finished", async () => {
  const { clock, service, session, handler, order } = await world();
  const gate = Promise.withResolvers<void>();
  const stop = new AbortController();
  service.publish([started("a", "x"), completed("a", "x")]);
  const slow = { ...handler, jobStarted: () => gate.promise };
  const running = listenInParity(session, slow, { signal: stop.signal });
  await clock.advance(10);
  stop.abort(new Error("enough"));
  gate.resolve();

  await expect(running).rejects.toThrow("enough");
  expect(order).toEqual(["desired 0", "completed a", "desired 0"]);
});

test("parity: a failing call ends the run and says at which step", async () => {
  const polling = await world();
  polling.service.fault = (call) =>
    call.startsWith("poll") ? answer(400, "no", { "content-type": "text/plain" }) : undefined;
  await expect(listenInParity(polling.session, polling.handler, { signal: never })).rejects.toThrow(
    /^failed to get message: .*no$/,
  );

  const handling = await world();
  handling.service.publish([available(8)]);
  handling.service.fault = (call) => (call.startsWith("acquire") ? answer(404) : undefined);
  await expect(listenInParity(handling.session, handling.handler, { signal: never })).rejects.toThrow(
    /^failed to handle message: /,
  );
});

test("L-18 parity: after a crash between acknowledging and handling, the counts still lead to the right number", async () => {
  const { clock, service, scaler, handler, open, session } = await world();
  service.assignedJobs = 3;
  service.publish([started("a", "runner-1"), available(8)]);
  // The process dies right after the acknowledgement: nothing that follows in the message is ever handled.
  service.fault = (call) => (call.startsWith("acquire") ? "hang" : undefined);
  listenInParity(session, handler, { signal: never }).catch(() => undefined);
  await clock.advance(10);
  expect(service.acknowledged).toEqual([1]);
  expect(scaler.runners.size).toBe(0);
  service.evict();
  service.fault = () => undefined;

  const running = listenInParity(await open(), handler, { signal: never });
  running.catch(() => undefined);
  await clock.advance(10);

  expect(scaler.runners.size).toBe(3);
  expect(service.calls.filter((call) => call.startsWith("ack"))).toEqual(["ack 1"]);
});
