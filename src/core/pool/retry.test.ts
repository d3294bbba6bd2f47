import { expect, test } from "vitest";
import { afterFailure, afterSuccess, holdOf, noFailures, probesAllowed, type RetryState } from "./retry.ts";

const policy = { attempts: 5, perHour: 20 };
const minuteMs = 60_000;

function failing(times: number, everyMs = 0): RetryState {
  let state = noFailures;
  for (let index = 0; index < times; index += 1) state = afterFailure(state, index * everyMs, "exit code 1", policy);
  return state;
}

test("waits double from one second to five minutes", () => {
  const waits = [1, 2, 3, 4, 9, 12].map((times) => (holdOf(failing(times), 0, policy)?.untilMs ?? 0) / 1_000);
  expect(waits).toEqual([1, 2, 4, 8, 256, 300]);
});

test("a hold ends by itself, and names its cause", () => {
  expect(holdOf(failing(1), 500, policy)?.reason).toBe("1 failed attempt in a row (last: exit code 1)");
  expect(holdOf(failing(2), 500, policy)?.reason).toBe("2 failed attempts in a row (last: exit code 1)");
  expect(holdOf(failing(1), 1_000, policy)).toBeUndefined();
});

test("a success starts over, but the hour's budget stays spent", () => {
  const state = afterSuccess(failing(20, 1_000));
  expect(state.consecutive).toBe(0);
  expect(holdOf(state, 20_000, policy)?.reason).toContain("20 failed attempts within an hour");
});

test("a spent budget slows down to one probe in five minutes and never holds for ever", () => {
  const state = failing(20, 1_000);
  const lastMs = 19_000;
  expect(holdOf(state, lastMs + 5 * minuteMs - 1, policy)).toBeDefined();
  expect(holdOf(state, lastMs + 5 * minuteMs, policy)).toBeUndefined();
});

test("failures in a row have one beginning, until a success ends them", () => {
  const third = failing(3, 1_000);
  expect(third.failingSinceMs).toBe(0);
  expect(afterFailure(afterSuccess(third), 9_000, "exit code 1", policy).failingSinceMs).toBe(9_000);
});

test("failures older than an hour are forgiven", () => {
  expect(holdOf(afterSuccess(failing(20, 1_000)), 61 * minuteMs, policy)).toBeUndefined();
});

test("one probe at a time once the attempts are used up", () => {
  expect(probesAllowed(failing(4), 0, policy)).toBe(Number.POSITIVE_INFINITY);
  expect(probesAllowed(failing(5), 0, policy)).toBe(1);
});

test("one probe at a time from the first failure on while the hour's budget is spent; a success opens the pool again", () => {
  const recovered = afterSuccess(failing(20, 1_000));
  const relapsed = afterFailure(recovered, 30_000, "exit code 1", policy);
  expect(probesAllowed(recovered, 30_000, policy)).toBe(Number.POSITIVE_INFINITY);
  expect(probesAllowed(relapsed, 30_000, policy)).toBe(1);
});
