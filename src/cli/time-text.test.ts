import { expect, test } from "vitest";
import { span } from "./time-text.ts";

test.each([
  [-5_000, "0s"],
  [999, "0s"],
  [42_000, "42s"],
  [60_000, "1m"],
  [192_000, "3m 12s"],
  [18_120_000, "5h 2m"],
  [356_400_000, "4d 3h"],
])("%i ms reads as %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});
