import { expect, test } from "vitest";
import { poolOptions, SmallEngine } from "../../test/builders/small-engine.ts";
import { VirtualTime } from "../../test/builders/virtual-time.ts";
import { CapacityError } from "../core/ports/errors.ts";
import { createMemoryJournal } from "../journal/memory/memory-journal.ts";
import { Engine } from "./engine.ts";
import { createReadModel, type OutsideView } from "./read-model.ts";

function overviewWith(outside: OutsideView) {
  const journal = createMemoryJournal();
  const { clock } = new VirtualTime();
  const engine = new Engine({
    installation: "acme",
    clock,
    random: { next: () => 0.5 },
    journal,
    providers: [],
    pools: [],
  });
  return createReadModel(engine, journal, outside).overview();
}

test("a pool that was refused at the start is told for as long as Drover runs, and so is what GitHub's limits leave", () => {
  const refused = { pool: "linux", code: "pool-refused", message: "acme/site is public", sinceMs: 0 };
  const budget = { credential: "main", resources: [], waiting: 3 };
  const overview = overviewWith({ problems: () => [refused], budgets: () => [budget] });

  expect(overview.problems).toEqual([refused]);
  expect(overview.budgets).toEqual([budget]);
});

test("no budgets are told before there are any", () => {
  expect(overviewWith({ problems: () => [], budgets: () => [] })).not.toHaveProperty("budgets");
});

test("while every provider of a pool is full, that is why launches wait, also after the back-off is over", async () => {
  const world = new SmallEngine([poolOptions("linux", { minIdle: 1 })]);
  const { provider } = world.pool("linux");
  provider.launching = () => Promise.reject(new CapacityError("the disk is full"));
  await world.start();
  await world.time.pass(10_000);

  const holds = world.readModel.pools().map(({ hold }) => hold?.reason);
  expect(provider.launches).toHaveLength(1);
  expect(holds).toEqual([expect.stringMatching(/^no provider of the pool has room \(last: .*the disk is full/)]);
  expect(world.readModel.overview().problems.map(({ code }) => code)).toEqual(["launches-held"]);
  provider.launching = () => Promise.resolve();
  await world.time.pass(60_000);
  expect(world.readModel.pools().map(({ hold }) => hold)).toEqual([undefined]);
  await world.stop();
});
