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
