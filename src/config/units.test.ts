import { expect, test } from "vitest";
import { parseByteSize } from "./byte-size.ts";
import { formatDuration, parseDuration } from "./duration-text.ts";

test.each([
  ["30s", 30_000],
  ["5m", 300_000],
  ["6h", 21_600_000],
  ["1d", 86_400_000],
  ["0s", 0],
])("%s is %i ms, and is written so again", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(formatDuration(ms)).toBe(text);
});

test.each(["", "5", "5 m", "m", "-5m", "5.5m", "1w", "25d", "5M"])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ["512Mi", 536_870_912],
  ["2Gi", 2_147_483_648],
])("%s is %i bytes", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each(["2GB", "2", "0Mi", "2.5Gi", "Gi", "9999999Ti"])("%j is no size", (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});
