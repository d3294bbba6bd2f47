import fc from "fast-check";
import { expect, test } from "vitest";
import { Deadlines } from "./deadlines.ts";

test("deadlines fire by instant, then in the order of asking, and cancelled ones never", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ atMs: fc.nat(30), cancelled: fc.boolean() }), { maxLength: 300 }),
      fc.nat(30),
      (wishes, nowMs) => {
        const deadlines = new Deadlines();
        const fired: number[] = [];
        const made = wishes.map(({ atMs }, index) => deadlines.at(atMs, () => fired.push(index)));
        wishes.forEach(({ cancelled }, index) => {
          if (cancelled) made[index]?.cancel();
        });
        for (let due = deadlines.takeDue(nowMs); due !== undefined; due = deadlines.takeDue(nowMs)) due.fire();
        const waiting = wishes.flatMap(({ atMs, cancelled }, index) => (cancelled ? [] : [{ atMs, index }]));
        const due = waiting.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs || a.index - b.index);
        expect(fired).toEqual(due.map(({ index }) => index));
        const left = waiting.filter(({ atMs }) => atMs > nowMs).map(({ atMs }) => atMs);
        expect(deadlines.nextMs()).toBe(left.length === 0 ? undefined : Math.min(...left));
      },
    ),
    { seed: 20261121 },
  );
});

test("whoever sleeps is told when the next deadline comes nearer, and only then", () => {
  const deadlines = new Deadlines();
  let toldCount = 0;
  deadlines.whenEarlier(() => (toldCount += 1));
  deadlines.at(100, () => undefined);
  deadlines.at(200, () => undefined);
  expect(toldCount).toBe(1);
  deadlines.at(50, () => undefined);
  expect(toldCount).toBe(2);
});
