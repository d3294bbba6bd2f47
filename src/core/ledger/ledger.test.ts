import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assigned, available, completed, counts, started } from "../../../test/builders/facts.ts";
import type { Fact } from "../ports/facts.ts";
import { Ledger } from "./ledger.ts";

function ledgerOf(...facts: readonly Fact[]): Ledger {
  const ledger = new Ledger();
  for (const [index, fact] of facts.entries()) ledger.apply(fact, 1_000 + index);
  return ledger;
}
const stateOf = (ledger: Ledger, jobId = "1") => ledger.job(jobId)?.state.kind;

describe("a job's way through the ledger", () => {
  test("assigned, running, completed", () => {
    expect(stateOf(ledgerOf(assigned("1")))).toBe("assigned");
    expect(stateOf(ledgerOf(assigned("1"), started("1", "linux-1")))).toBe("running");
    expect(
      ledgerOf(assigned("1"), started("1", "linux-1"), completed("1", "failed", "linux-1")).job("1")?.state,
    ).toEqual({
      kind: "completed",
      sinceMs: 1_002,
      result: "failed",
      runner: "linux-1",
      startedAtMs: 1_001,
    });
  });

  test("a fact applied twice changes nothing", () => {
    const ledger = new Ledger();
    for (const fact of [assigned("1"), started("1", "linux-1"), completed("1", "succeeded", "linux-1")]) {
      expect(ledger.apply(fact, 1_000).length).toBeGreaterThan(0);
      expect(ledger.apply(fact, 2_000)).toEqual([]);
    }
  });

  test("late messages never take a job back", () => {
    const done = [assigned("1"), started("1", "linux-1"), completed("1", "succeeded", "linux-1")];
    expect(stateOf(ledgerOf(...done, assigned("1")))).toBe("completed");
    expect(stateOf(ledgerOf(...done, started("1", "linux-1")))).toBe("completed");
    expect(stateOf(ledgerOf(assigned("1"), started("1", "linux-1"), available("1")))).toBe("running");
  });

  test("F10 a lapsed assignment that is given out again counts as waiting again", () => {
    const ledger = ledgerOf(assigned("1"), completed("1", "canceled"), assigned("1"));
    expect(stateOf(ledger)).toBe("assigned");
    expect(ledger.job("1")?.assignments).toBe(2);
    expect(ledger.unfinishedCount).toBe(1);
  });

  test("a start or an end heard first is believed", () => {
    expect(stateOf(ledgerOf(started("1", "linux-1")))).toBe("running");
    expect(stateOf(ledgerOf(completed("1", "canceled")))).toBe("completed");
  });

  test("the links it reaches are told once each", () => {
    const ledger = new Ledger();
    const heard = [assigned("1"), started("1", "linux-1"), completed("1", "succeeded", "linux-1")].flatMap((fact) =>
      ledger.apply(fact, 1).map(({ link }) => link),
    );
    expect(heard).toEqual(["seen", "matched", "admitted", "assigned", "started", "finished"]);
  });
});

test("finished jobs are forgotten, the oldest first, unfinished ones never", () => {
  const ledger = new Ledger();
  ledger.apply(assigned("waiting"), 0);
  for (let index = 0; index < 700; index += 1) {
    ledger.apply(started(`${index}`, "linux-1"), index);
    ledger.apply(completed(`${index}`, "succeeded", "linux-1"), index);
  }
  expect([...ledger.jobs()].length).toBe(501);
  expect(ledger.job("0")).toBeUndefined();
  expect(ledger.job("699")).toBeDefined();
  expect(stateOf(ledger, "waiting")).toBe("assigned");
});

test("the number of unfinished jobs is right after any sequence of facts", () => {
  const anyFact = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 })).map(([id, kind]): Fact => {
    const jobId = `${id}`;
    return [
      available(jobId),
      assigned(jobId),
      started(jobId, "linux-1"),
      completed(jobId, "canceled"),
      completed(jobId, "succeeded", "linux-1"),
    ][kind] as Fact;
  });
  fc.assert(
    fc.property(fc.array(anyFact, { maxLength: 30 }), (facts) => {
      const ledger = ledgerOf(...facts, counts(0));
      expect([...ledger.unfinished()].length).toBe(ledger.unfinishedCount);
    }),
  );
});
