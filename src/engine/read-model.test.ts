import { expect, test } from "vitest";
import { VirtualTime } from "../../test/builders/virtual-time.ts";
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
