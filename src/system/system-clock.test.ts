import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "./system-clock.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;

test("a deadline that passes says how long was waited", async () => {
  const signal = systemClock.deadline(never, 30_000);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);

  expect(signal.reason).toMatchObject({ name: "TimeoutError", message: "No answer within 30 s." });
});

test("a deadline fires with its parent, for the parent's reason", () => {
  const stop = new AbortController();
  const signal = systemClock.deadline(stop.signal, 30_000);
  stop.abort(new Error("enough"));

  expect(signal.reason).toEqual(new Error("enough"));
  expect(systemClock.deadline(stop.signal, 30_000).reason).toEqual(new Error("enough"));
});
