import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SystemClock } from "./system-clock.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;

test("a sleep ends after its time, even when that is longer than Node's timers can count", async () => {
  const month = 30 * 86_400_000;
  const ended = vi.fn();
  const sleeping = new SystemClock().sleep(month, never).then(ended);
  await vi.advanceTimersByTimeAsync(month - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await sleeping;

  expect(ended).toHaveBeenCalledOnce();
});

test("a sleep that is aborted rejects with the reason and leaves no timer", async () => {
  const stop = new AbortController();
  const sleeping = new SystemClock().sleep(5_000, stop.signal);
  stop.abort(new Error("enough"));

  await expect(sleeping).rejects.toThrow("enough");
  await expect(new SystemClock().sleep(1, stop.signal)).rejects.toThrow("enough");
  expect(vi.getTimerCount()).toBe(0);
});

test("a deadline fires after its time or with its parent, whichever comes first", async () => {
  const clock = new SystemClock();
  const late = clock.deadline(never, 2_000);
  const stop = new AbortController();
  const early = clock.deadline(stop.signal, 2_000);
  stop.abort(new Error("enough"));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(late.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);

  expect((late.reason as DOMException).name).toBe("TimeoutError");
  expect(early.reason).toEqual(new Error("enough"));
  expect(vi.getTimerCount()).toBe(0);
});
