import { expect, test } from "vitest";
import { assigned, completed, counts } from "../../test/builders/facts.ts";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

const minuteMs = 60_000;

test("a job whose runner was killed gets no idle runner beside it while GitHub waits for its lease", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, registry, tell } = world.pool("linux");
  await world.start();
  registry.deregister = () => Promise.resolve("job-running");
  const runner = await world.startJob("linux", "1");
  provider.end(runner, { exitCode: null, signal: "SIGKILL" });

  await world.time.pass(10 * minuteMs);
  expect(provider.launches).toHaveLength(1);
  await tell(completed("1", "failed", runner), counts(0));
  await world.time.pass(minuteMs);
  expect(provider.launches).toHaveLength(1);
  await tell(counts(1));
  await world.time.pass(minuteMs);
  expect(provider.launches).toHaveLength(2);
  await world.stop();
});

test("a launch that a defect of ours breaks off leaves no half runner that counts, and is made good like every failed attempt", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, registry, tell } = world.pool("linux");
  await world.start();
  let isDefect = true;
  world.readModel.subscribe(({ kind }) => {
    if (kind === "credential" && isDefect) throw new Error("a defect");
  });
  await tell(counts(1));
  await world.time.pass(100);
  const problems = () => world.readModel.overview().problems;
  expect(problems()).toMatchObject([{ code: "launches-held", message: expect.stringContaining("a defect") as string }]);
  isDefect = false;
  await world.time.pass(10_000);
  expect(provider.launches).toHaveLength(1);
  expect([...registry.registrations.keys()]).toEqual(provider.launches);
  expect(problems()).toEqual([]);
  await world.stop();
});

test("a count that knows of a finished job before its message comes brings no idle runner", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, tell } = world.pool("linux");
  await world.start();
  const runner = await world.startJob("linux", "1");
  provider.end(runner, { exitCode: 0, signal: null });
  await world.time.pass(35_000);
  expect(world.readModel.runners()).toMatchObject([{ phase: "ending" }]);

  await tell(counts(0));
  await world.time.pass(minuteMs);
  expect(provider.launches).toHaveLength(1);
  expect(world.readModel.overview().problems).toEqual([]);
  await tell(assigned("2"), counts(0));
  await world.time.pass(minuteMs);
  expect(provider.launches).toHaveLength(2);
  await world.stop();
});
