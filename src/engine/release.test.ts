import { describe, expect, test } from "vitest";
import { completed, counts, started } from "../../test/builders/facts.ts";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";

const minuteMs = 60_000;

/** A pool with one idle runner that is online at GitHub. */
async function withIdleRunner(idleGraceMs = 5 * minuteMs) {
  const world = new SmallEngine([poolOptions("linux", { idleGraceMs })]);
  const pool = world.pool("linux");
  await world.start();
  await pool.tell(counts(1));
  await world.time.pass(1_000);
  const [runner = ""] = pool.provider.launches;
  pool.registry.online(runner);
  await world.time.pass(minuteMs);
  return { world, ...pool, runner };
}

describe("a runner that took a job after we looked", () => {
  test.each(["surplus", "draining"])(
    "F1 is kept when GitHub refuses to remove it (%s), although the list does not call it busy",
    async (reason) => {
      const { world, provider, registry, tell, runner } = await withIdleRunner();
      let refusals = 0;
      registry.deregister = () => {
        refusals += 1;
        return Promise.resolve("job-running");
      };
      if (reason === "draining") world.engine.pools.get("linux")?.setDrained(true);
      await tell(counts(0));
      await world.time.pass(30 * minuteMs);

      expect(refusals).toBeGreaterThan(0);
      expect(provider.stops).toEqual([]);
      expect(provider.instances.has(runner)).toBe(true);
      await world.stop();
    },
  );

  test("F2 is kept when its job's start arrives while GitHub lets the registration go, and goes when the job is over", async () => {
    const { world, provider, registry, tell, runner } = await withIdleRunner();
    registry.deregister = async () => {
      registry.registrations.delete(runner);
      await tell(started("1", runner), counts(1));
      return "gone";
    };
    await tell(counts(0));
    await world.time.pass(30 * minuteMs);
    expect(registry.registrations.has(runner)).toBe(false);
    expect(provider.stops).not.toContain(runner);

    await tell(completed("1", "succeeded", runner), counts(0));
    await world.time.pass(5 * minuteMs);
    expect(provider.stops).toContain(runner);
    await world.stop();
  });
});

test("a removal that GitHub does not answer stops nothing; it is repeated, and only its success lets the instance go", async () => {
  const { world, provider, registry, tell } = await withIdleRunner();
  const trouble = new Error("502 Bad Gateway");
  let asked = 0;
  const remove = registry.deregister.bind(registry);
  registry.deregister = () => {
    asked += 1;
    return Promise.reject(trouble);
  };
  await tell(counts(0));
  await world.time.pass(20 * minuteMs);
  expect(asked).toBeGreaterThan(3);
  expect(provider.stops).toEqual([]);

  registry.deregister = remove;
  await world.time.pass(2 * minuteMs);
  expect(provider.instances.size).toBe(0);
  await world.stop();
});

test("lists that fail condemn nobody, for however long, even if a look by name would find nothing", async () => {
  const { world, provider, registry, tell } = await withIdleRunner(600 * minuteMs);
  await tell(counts(0));
  registry.trouble = new Error("502 Bad Gateway");
  registry.exists = () => Promise.resolve(false);
  await world.time.pass(60 * minuteMs);

  expect(provider.stops).toEqual([]);
  await world.stop();
});

describe("F4 a runner that lives and that GitHub no longer lists", () => {
  test("is kept while its own output says that it works on a job", async () => {
    const { world, provider, registry, tell, runner } = await withIdleRunner(600 * minuteMs);
    await tell(counts(0));
    provider.readLog = () => Promise.resolve("Running job: build\n");
    registry.registrations.delete(runner);
    await world.time.pass(30 * minuteMs);

    expect(provider.stops).toEqual([]);
    await world.stop();
  });

  test("is stopped when its output says that its job is over", async () => {
    const { world, provider, registry, tell, runner } = await withIdleRunner(600 * minuteMs);
    await tell(counts(0));
    provider.readLog = () => Promise.resolve("Running job: build\nJob build completed with result: Succeeded\n");
    registry.registrations.delete(runner);
    await world.time.pass(30 * minuteMs);

    expect(provider.instances.has(runner)).toBe(false);
    await world.stop();
  });
});
