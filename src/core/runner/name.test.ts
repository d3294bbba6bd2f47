import { expect, test } from "vitest";
import { drawIncarnation, parseRunnerName, runnerName } from "./name.ts";

const drawing = (...values: number[]) => ({ next: () => values.shift() ?? 0.5 });

test("a name says its pool, incarnation and serial, whatever hyphens the pool has", () => {
  const incarnation = drawIncarnation("acme-eu", drawing());
  const name = runnerName("linux-x64-big", incarnation, 12);
  expect(parseRunnerName(name, "acme-eu")).toEqual({ pool: "linux-x64-big", incarnation, serial: 12 });
});

test("names of another installation are not ours, even for a pool of the same name", () => {
  const name = runnerName("linux", drawIncarnation("acme-us", drawing()), 1);
  expect(parseRunnerName(name, "acme-eu")).toBeUndefined();
});

test("every start draws another incarnation", () => {
  expect(drawIncarnation("acme", drawing(0.1, 0.2))).not.toBe(drawIncarnation("acme", drawing(0.2, 0.1)));
});

test("the longest name fits into GitHub's 64 characters", () => {
  expect(runnerName("p".repeat(31), drawIncarnation("acme", drawing()), 999_999_999).length).toBeLessThanOrEqual(64);
});

test("foreign names are not taken for ours", () => {
  for (const name of ["runner-1", "linux", "linux-abc-1", "linux-ABCDEFGHIJ-1", ""]) {
    expect(parseRunnerName(name, "acme")).toBeUndefined();
  }
});
