import { expect, test } from "vitest";
import { assigned, counts } from "../../test/builders/facts.ts";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

test("what is wrong with a connected source is a problem of its pool, until the source says otherwise", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  await world.start();
  const sink = world.engine.pools.get("linux")?.sink();
  const defect = { code: "labels-missing", message: "GitHub did not keep gpu" };
  sink?.report({ kind: "connected", sinceMs: 5, defect });
  expect(world.readModel.overview().problems).toEqual([{ pool: "linux", ...defect, sinceMs: 5 }]);
  sink?.report({ kind: "connected", sinceMs: 6 });
  expect(world.readModel.overview().problems).toEqual([]);
  await world.stop();
});

test("F7 a job that GitHub names and does not count is an incident once that lasts, with its beginning", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  await world.start();
  const { tell } = world.pool("linux");
  await tell(assigned("1"), counts(0));
  const sinceMs = world.nowMs();
  await world.time.pass(50_000);
  expect(world.readModel.overview().problems).toEqual([]);
  await tell(counts(0));
  await world.time.pass(50_000);
  expect(world.readModel.overview().problems).toMatchObject([{ pool: "linux", code: "names-disagree", sinceMs }]);
  await tell(counts(1));
  await world.time.pass(1_000);
  expect(world.readModel.overview().problems).toEqual([]);
  await world.stop();
});

test("a pool that the configuration no longer names waits for no session", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider } = world.pool("linux");
  const runner = {
    installation: "acme",
    pool: "removed",
    runner: "removed-1",
    launchedAtMs: 0,
    phase: "running",
  } as const;
  provider.instances.set(runner.runner, runner);
  await world.start();
  expect(world.readModel.pools()).toMatchObject([
    { name: "linux", source: { state: "connected" } },
    { name: "removed", state: "draining", source: { state: "none" } },
  ]);
  await world.stop();
});
