import { expect, test } from "vitest";
import { counts } from "../../test/builders/facts.ts";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

const hourMs = 3_600_000;

/** A pool with one runner that works on a job. */
async function worldAtWork(): Promise<{ world: SmallEngine; runner: string }> {
  const world = new SmallEngine([poolOptions("linux")]);
  await world.start();
  const runner = await world.startJob("linux", "1");
  await world.time.pass(30_000);
  return { world, runner };
}

test.each([8 * hourMs, 20 * 365 * 24 * hourMs])(
  "F28 a clock that is put forward by %i ms ends no job: a deadline is a span of time, not an hour of the day",
  async (leapMs) => {
    const { world, runner } = await worldAtWork();
    const { provider } = world.pool("linux");
    world.clockSetByMs = leapMs;
    await world.time.pass(5 * hourMs);
    expect(provider.stops).toEqual([]);
    await world.time.pass(2 * hourMs);
    expect(provider.stops).toContain(runner);
    await world.stop();
  },
);

test("F28 after a clock was put back, what happens is seen as soon as ever", async () => {
  const { world, runner } = await worldAtWork();
  const { provider, registry, tell } = world.pool("linux");
  world.clockSetByMs = -8 * hourMs;
  await world.time.pass(60_000);
  // It dies without anybody being told.
  provider.instances.delete(runner);
  registry.registrations.delete(runner);
  await world.time.pass(3 * 60_000);
  expect(world.readModel.runners().find(({ name }) => name === runner)?.phase).not.toBe("busy");
  await tell(counts(2));
  await world.time.pass(10_000);
  expect(provider.launches.length).toBeGreaterThanOrEqual(2);
  await world.stop();
});

test("F28 a clock that is put back does not prolong a back-off", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, registry, tell } = world.pool("linux");
  registry.register = () => Promise.reject(new Error("GitHub answered 500"));
  await world.start();
  await tell(counts(1));
  await world.time.pass(20_000);
  world.clockSetByMs = -8 * hourMs;
  registry.register = (name) => Promise.resolve({ id: 1, credential: { kind: "jit-config", encodedJitConfig: name } });
  await world.time.pass(60_000);
  expect(provider.launches).toHaveLength(1);
  await world.stop();
});
