import { expect, test } from "vitest";
import { Scheduler } from "./scheduler.ts";
import { SeededRandom } from "./seeded-random.ts";

function orderOf(seed: number, instants: readonly number[]): string {
  const scheduler = new Scheduler(1_000, new SeededRandom(seed));
  const order: string[] = [];
  for (const [index, atMs] of instants.entries()) scheduler.at(atMs, () => order.push(`${atMs}/${index}`));
  while (scheduler.next(Number.POSITIVE_INFINITY));
  return order.join(" ");
}

test("events come in the order of their instants, whatever the order in which they were made", () => {
  expect(orderOf(1, [3_000, 1_500, 2_000])).toBe("1500/1 2000/2 3000/0");
});

test("the seed decides between events of one instant, the same way each time", () => {
  const same = Array.from({ length: 8 }, () => 2_000);
  const orders = Array.from({ length: 10 }, (_, seed) => orderOf(seed, same));

  expect(new Set(orders).size).toBeGreaterThan(5);
  expect(orders).toEqual(Array.from({ length: 10 }, (_, seed) => orderOf(seed, same)));
});

test("what is asked for in the past happens now, and time never goes back", () => {
  const scheduler = new Scheduler(5_000, new SeededRandom(1));
  const instants: number[] = [];
  scheduler.at(9_000, () => scheduler.at(1_000, () => instants.push(scheduler.nowMs)));
  while (scheduler.next(Number.POSITIVE_INFINITY));

  expect(instants).toEqual([9_000]);
});

test("a cancelled event does not run, and time stops before what lies beyond the bound", () => {
  const scheduler = new Scheduler(0, new SeededRandom(1));
  const ran: string[] = [];
  scheduler.at(10, () => ran.push("cancelled")).run = undefined;
  scheduler.at(20, () => ran.push("due"));
  scheduler.at(30, () => ran.push("beyond"));
  while (scheduler.next(25));

  expect(ran).toEqual(["due"]);
  expect(scheduler.nowMs).toBe(20);
});
