import { expect, test } from "vitest";
import { assigned, counts } from "../../test/builders/facts.ts";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

test("a launch that takes long is not taken for a lost one: one job gets one runner", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, tell } = world.pool("linux");
  const ready = Promise.withResolvers<void>();
  provider.launching = () => ready.promise;
  await world.start();
  await tell(assigned("1"), counts(1));

  await world.time.pass(110_000);
  expect(provider.launches).toHaveLength(1);
  ready.resolve();
  await world.time.pass(60_000);
  expect(provider.launches).toHaveLength(1);
  expect(provider.stops).toEqual([]);
  await world.stop();
});

test("a launch whose answer never comes is given up, and another runner is made", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, tell } = world.pool("linux");
  provider.launching = () =>
    provider.launches.length > 1 ? Promise.resolve() : Promise.reject(new Error("socket hang up"));
  await world.start();
  await tell(assigned("1"), counts(1));

  await world.time.pass(180_000);
  expect(provider.launches).toHaveLength(2);
  expect(provider.stops).toEqual(provider.launches.slice(0, 1));
  await world.stop();
});

test("a provider that hangs in one pool's launches does not hold up another pool", async () => {
  const world = new SmallEngine([
    poolOptions("linux", { max: 300, placements: [{ provider: "linux", max: 300 }] }),
    poolOptions("gpu"),
  ]);
  const linux = world.pool("linux");
  const gpu = world.pool("gpu");
  linux.provider.launching = () => new Promise(() => undefined);
  await world.start();
  await linux.tell(counts(300));
  await gpu.tell(counts(1));

  await world.time.pass(2_000);
  expect(linux.provider.launches.length).toBeGreaterThan(10);
  expect(gpu.provider.launches).toHaveLength(1);
  await world.stop();
});

test("the end of the program does not wait for a provider that hears of no end", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, tell } = world.pool("linux");
  provider.launching = () => new Promise(() => undefined);
  await world.start();
  await tell(counts(1));
  await world.time.pass(1_000);

  let left: readonly unknown[] | undefined;
  void world.engine.stopNow().then((report) => (left = report.left));
  await world.time.pass(10_000);
  expect(left).toMatchObject([{ pool: "linux", phase: "starting" }]);
});
