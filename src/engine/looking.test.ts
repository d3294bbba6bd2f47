import { expect, test } from "vitest";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

const minuteMs = 60_000;

test("a list of GitHub's that failed is asked for again soon, then ever more slowly; its problem goes with the first that succeeds", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { registry } = world.pool("linux");
  registry.trouble = new Error("GitHub answered 401");
  await world.start();
  const problems = () => world.readModel.overview().problems.map(({ code, message }) => `${code}: ${message}`);
  expect(problems()).toEqual(["registry: GitHub answered 401"]);

  await world.time.pass(60 * minuteMs);
  // At 0, 15, 45, 105, 225 and 465 seconds, and every five minutes from then on.
  expect(registry.lists).toBeGreaterThanOrEqual(15);
  expect(registry.lists).toBeLessThanOrEqual(18);

  registry.trouble = undefined;
  await world.time.pass(5 * minuteMs);
  expect(problems()).toEqual([]);
  registry.trouble = new Error("GitHub answered 502");
  for (let steps = 0; steps < 40 && problems().length === 0; steps += 1) await world.time.pass(10_000);
  expect(problems()).toEqual(["registry: GitHub answered 502"]);
  registry.trouble = undefined;
  await world.time.pass(16_000);
  expect(problems()).toEqual([]);
  await world.stop();
});

test("a runner that works is adopted as busy, whichever list shows it first, although nobody told of its job", async () => {
  const world = new SmallEngine([poolOptions("linux")]);
  const { provider, registry } = world.pool("linux");
  const works = "linux-2n5r222222-1";
  const waits = "linux-2n5r222222-2";
  for (const [id, runner] of [works, waits].entries()) {
    registry.registrations.set(runner, { id, runner, online: true, busy: runner === works });
  }
  const phases = () => Object.fromEntries(world.readModel.runners().map(({ name, phase }) => [name, phase]));
  const { promise: shown, resolve: show } = Promise.withResolvers<void>();
  provider.listOwned = () => shown.then(() => [...provider.instances.values()]);
  await world.start();
  expect(phases()).toEqual({ [works]: "busy", [waits]: "idle" });

  const instance = { installation: "acme", pool: "linux", launchedAtMs: world.nowMs(), phase: "running" } as const;
  for (const runner of [works, waits]) provider.instances.set(runner, { ...instance, runner });
  show();
  await world.time.pass(20_000);
  expect(phases()).toEqual({ [works]: "busy", [waits]: "idle" });
  await world.stop();
});
