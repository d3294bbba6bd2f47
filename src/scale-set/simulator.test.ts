import { afterEach, expect, test } from "vitest";
import { queueRawJob, startSimulator, type Simulator, type SimulatorOptions } from "../simulator/index.ts";
import { never } from "../../test/scale-set/scripted-transport.ts";
import { decodeJitConfig, Listener, NodeTransport, PatTokenSource, ScaleSetClient, SystemClock } from "./index.ts";
import type { JobMessage, ListenerHandler, ListenerState } from "./index.ts";

const options = { signal: never };
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function world(simulated: SimulatorOptions = {}, scope = "acme") {
  const simulator = await startSimulator(simulated);
  const transport = new NodeTransport();
  closers.push(
    () => simulator.close(),
    () => transport.close(),
  );
  const clock = new SystemClock();
  const client = new ScaleSetClient({
    configUrl: `${simulator.url}/${scope}`,
    tokenSource: new PatTokenSource(simulator.token),
    transport,
    clock,
    identity: { system: "drover" },
  });
  return { simulator, client, clock };
}

const queue = (simulator: Simulator, count: number) =>
  Array.from({ length: count }, () =>
    queueRawJob(simulator.model, { repository: "acme/widgets", labels: ["linux"], durationMs: 1 }),
  );

test.each(["dotcom", "ghes"] as const)("the %s simulator understands every administrative call", async (flavour) => {
  const { client } = await world({ flavour });

  const group = await client.getRunnerGroupByName("default", options);
  const made = await client.createScaleSet({ name: "linux", runnerGroupId: group.id, disableUpdate: true }, options);
  expect(made).toMatchObject({ name: "linux", runnerGroupId: 1, disableUpdate: true, labels: [{ name: "linux" }] });
  expect(await client.getScaleSetByName({ name: "linux", runnerGroupId: 1 }, options)).toMatchObject({ id: made.id });
  expect(await client.getScaleSetByName({ name: "other", runnerGroupId: 1 }, options)).toBeNull();
  await expect(client.createScaleSet({ name: "linux" }, options)).rejects.toMatchObject({ kind: "ScaleSetExists" });
  await expect(client.getRunnerGroupByName("none", options)).rejects.toMatchObject({ kind: "RunnerGroupNotFound" });
  expect(await client.updateScaleSet(made.id, { name: "linux-x64" }, options)).toMatchObject({
    name: "linux-x64",
    disableUpdate: true,
  });

  const jit = await client.generateJitConfig(made.id, { name: "r1" }, options);
  expect(JSON.parse(decodeJitConfig(jit.encodedJitConfig)[".runner"]!.toString())).toMatchObject({ AgentName: "r1" });
  await expect(client.generateJitConfig(made.id, { name: "r1" }, options)).rejects.toMatchObject({
    kind: "RunnerExists",
  });
  expect(await client.getRunnerByName("r1", options)).toEqual(jit.runner);
  expect(await client.getRunner(jit.runner.id, options)).toEqual(jit.runner);
  expect(await client.deregisterRunner(jit.runner.id, options)).toBe("gone");
  expect(await client.deregisterRunner(jit.runner.id, options)).toBe("gone");
  await expect(client.getRunner(jit.runner.id, options)).rejects.toMatchObject({ kind: "RunnerNotFound" });

  await client.deleteScaleSet(made.id, options);
  await expect(client.getScaleSet(made.id, options)).rejects.toMatchObject({ kind: "ScaleSetNotFound" });
});

test.each(["dotcom", "ghes"] as const)(
  "with the %s simulator a listener hears of each job and leaves nothing",
  async (flavour) => {
    const { simulator, client, clock } = await world({ flavour, limits: { pollWindowMs: 50 } });
    const { id } = await client.createScaleSet({ name: "linux" }, options);
    const stop = new AbortController();
    const assigned = new Map<string, JobMessage>();
    const states: ListenerState[] = [];
    let counted = 0;
    const handler: ListenerHandler = {
      capacity: () => 3,
      onStatistics: () => undefined,
      onMessage: ({ jobs }, statistics) => {
        for (const job of jobs) if (job.messageType === "JobAssigned") assigned.set(job.jobId, job);
        counted = Math.max(counted, statistics.totalAssignedJobs);
        if (assigned.size === 3) stop.abort();
      },
      onState: (state) => {
        states.push(state);
        if (state.kind === "connected") queue(simulator, 5);
      },
    };
    const listener = new Listener({ client, scaleSetId: id, ownerName: "me", clock, handler });
    await listener.run({ signal: stop.signal });

    expect(assigned.size).toBe(3);
    expect(counted).toBe(3);
    expect([...assigned.values()][0]).toMatchObject({
      repositoryName: "widgets",
      ownerName: "acme",
      requestLabels: ["linux"],
    });
    expect(states.map(({ kind }) => kind)).toEqual(["connecting", "connected"]);
    // Given back: the next one has it at once.
    const next = await client.createMessageSession(id, { ownerName: "next" }, options);
    await expect(client.createMessageSession(id, { ownerName: "third" }, options)).rejects.toMatchObject({
      kind: "SessionConflict",
    });
    // Acknowledged: nothing of what was handled comes again.
    expect(await next.getMessage({ lastMessageId: 0, capacity: 0 }, options)).toBeNull();
    await next.close(options);
  },
);

test("a queue token that ends in the middle of a poll is renewed without a word", async () => {
  const { simulator, client } = await world();
  const { id } = await client.createScaleSet({ name: "linux" }, options);
  const session = await client.createMessageSession(id, { ownerName: "me" }, options);
  simulator.faults.start({ fault: "expireQueueTokenNow" });
  queue(simulator, 1);

  expect(await session.getMessage({ lastMessageId: 0, capacity: 1 }, options)).toMatchObject({
    jobs: [{ messageType: "JobAssigned" }],
  });
  await session.close(options);
});

test("a scale set that GitHub forgets ends the listener with that error", async () => {
  const { client, clock } = await world();
  const { id } = await client.createScaleSet({ name: "linux" }, options);
  const handler: ListenerHandler = {
    capacity: () => 1,
    onStatistics: () => client.deleteScaleSet(id, options),
    onMessage: () => undefined,
  };

  await expect(
    new Listener({ client, scaleSetId: id, ownerName: "me", clock, handler }).run({ signal: never }),
  ).rejects.toMatchObject({ kind: "ScaleSetNotFound" });
});
