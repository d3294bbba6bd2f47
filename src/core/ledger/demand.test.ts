import { describe, expect, test } from "vitest";
import { assigned, available, completed, counts, started } from "../../../test/builders/facts.ts";
import type { Fact } from "../ports/facts.ts";
import { demandOf, doubtfulJobs, type DemandContext, type JobProof } from "./demand.ts";
import { Ledger } from "./ledger.ts";

const minuteMs = 60_000;

function ledgerOf(...facts: readonly (readonly [atMs: number, fact: Fact])[]): Ledger {
  const ledger = new Ledger();
  for (const [atMs, fact] of facts) ledger.apply(fact, atMs);
  return ledger;
}

function served(ledger: Ledger, changes: Partial<DemandContext> = {}): number {
  return demandOf(ledger, {
    nowMs: 0,
    finishedSinceCounted: 0,
    lostAtWork: 0,
    ranToTheEnd: 0,
    idleSinceMs: [],
    phantomMs: 10 * minuteMs,
    ...changes,
  }).served;
}

describe("what a pool serves", () => {
  test("GitHub's count of assigned and unfinished jobs, waiting and running alike", () => {
    expect(served(ledgerOf([0, assigned("1")], [0, started("2", "r")], [0, counts(2)]))).toBe(2);
  });

  test("F11 the whole count, when only a part of the jobs was named", () => {
    expect(served(ledgerOf([0, assigned("1")], [0, counts(120)]))).toBe(120);
  });

  test("F7 F8 a named job that the count does not show gets one runner: the cure and the proof", () => {
    expect(served(ledgerOf([0, assigned("1")], [0, assigned("2")], [0, counts(0)]))).toBe(1);
  });

  test("F6 a count that stays high is served until idle runners prove it wrong; one runner stays as the proof", () => {
    const ledger = ledgerOf([0, counts(5)]);
    expect(served(ledger, { nowMs: 9 * minuteMs, idleSinceMs: [0, 0, 0, 0, 0] })).toBe(5);
    expect(served(ledger, { nowMs: 10 * minuteMs, idleSinceMs: [0, 0, 0, 0, 0] })).toBe(1);
  });

  test("F6 idle runners prove nothing against jobs that are named", () => {
    const ledger = ledgerOf([0, assigned("1")], [0, assigned("2")], [0, counts(2)]);
    expect(served(ledger, { nowMs: 60 * minuteMs, idleSinceMs: [0, 0] })).toBe(2);
  });

  test("jobs whose runner has just ended well are not served again while the counts lag", () => {
    expect(served(ledgerOf([0, started("1", "r")], [0, counts(1)]), { finishedSinceCounted: 1 })).toBe(0);
    expect(served(ledgerOf([0, counts(3)]), { finishedSinceCounted: 1 })).toBe(2);
  });

  test("F7 F8 a named job whose own runner has come to its end gets no other; the ones beside it do", () => {
    const running = [0, started("1", "over")] as const;
    expect(served(ledgerOf(running, [0, counts(0)]), { ranToTheEnd: 1 })).toBe(0);
    expect(served(ledgerOf(running, [0, assigned("2")], [0, counts(1)]), { ranToTheEnd: 1 })).toBe(1);
    const lagging = { ranToTheEnd: 1, finishedSinceCounted: 1 };
    expect(served(ledgerOf(running, [0, assigned("2")], [0, counts(1)]), lagging)).toBe(1);
    expect(served(ledgerOf(running, [0, assigned("2")], [0, counts(0)]), { ranToTheEnd: 1 })).toBe(1);
  });

  test("a job whose runner died under it needs no other: GitHub fails it when its lease lapses", () => {
    const ledger = ledgerOf([0, started("1", "dead")], [0, assigned("2")], [0, counts(2)]);
    expect(served(ledger, { lostAtWork: 1 })).toBe(1);
    expect(served(ledgerOf([0, counts(0)]), { lostAtWork: 1 })).toBe(0);
  });

  test("an offer that nobody acquired is no demand", () => {
    expect(served(ledgerOf([0, available("1")], [0, counts(0, { available: 1 })]))).toBe(0);
  });
});

describe("jobs that counts contradict", () => {
  const windowMs = 10 * minuteMs;

  const proof: JobProof = { isAtWork: () => false, isOffered: true };
  /** Counts that are told again with every poll, for a whole window. */
  const whole = (...facts: readonly Fact[]) =>
    ledgerOf(
      ...facts.map((fact) => [0, fact] as const),
      ...[0, 5, 10].map((minutes) => [minutes * minuteMs, counts(0)] as const),
    );

  test("are doubted only after counts that have contradicted them for a whole window", () => {
    expect(doubtfulJobs(whole(assigned("1")), windowMs, proof)).toEqual(["1"]);
    const soon = ledgerOf([0, assigned("1")], [0, counts(0)], [9 * minuteMs, counts(0)]);
    expect(doubtfulJobs(soon, windowMs, proof)).toEqual([]);
  });

  test("one count that is wrong for a moment casts no doubt on a job that has run for hours", () => {
    const ledger = ledgerOf([0, started("1", "r")], [0, counts(1)], [60 * minuteMs, counts(0)]);
    expect(doubtfulJobs(ledger, windowMs, proof)).toEqual([]);
    ledger.apply(counts(1), 65 * minuteMs);
    ledger.apply(counts(0), 71 * minuteMs);
    expect(doubtfulJobs(ledger, windowMs, proof)).toEqual([]);
  });

  test("a job that a living runner works on is never doubted, whatever is counted", () => {
    const ledger = whole(started("1", "r"), started("2", "dead"));
    expect(doubtfulJobs(ledger, windowMs, { ...proof, isAtWork: (jobId) => jobId === "1" })).toEqual(["2"]);
  });

  test("a job that waits is doubted only once a runner has been offered to it in vain", () => {
    expect(doubtfulJobs(whole(assigned("1")), windowMs, { ...proof, isOffered: false })).toEqual([]);
  });

  test("never more of them than the counts lack", () => {
    const ledger = ledgerOf(
      [0, assigned("1")],
      [0, assigned("2")],
      [0, assigned("3")],
      [0, counts(2)],
      [windowMs, counts(2)],
    );
    expect(doubtfulJobs(ledger, windowMs, proof)).toHaveLength(1);
  });

  test("F9 a cancelled slot that stays available is doubted when GitHub no longer counts it", () => {
    expect(doubtfulJobs(whole(available("1")), windowMs, { ...proof, isOffered: false })).toEqual(["1"]);
    const counted = ledgerOf([0, available("1")], [windowMs, counts(0, { available: 1 })]);
    expect(doubtfulJobs(counted, windowMs, proof)).toEqual([]);
  });

  test("a doubted job is demand again when GitHub names it again", () => {
    const ledger = ledgerOf([0, assigned("1")], [windowMs, counts(0)]);
    ledger.doubt("1", windowMs);
    expect(ledger.unfinishedCount).toBe(0);
    ledger.apply(assigned("1"), windowMs + 1);
    expect(ledger.job("1")?.state.kind).toBe("assigned");
    ledger.apply(completed("1", "succeeded", "r"), windowMs + 2);
    expect(ledger.unfinishedCount).toBe(0);
  });
});
