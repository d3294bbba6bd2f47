import { expect, test } from "vitest";
import { LiveConsole } from "./live-console.ts";

const clock = { nowMs: () => 0 };
const stamp = "1970-01-01T00:00:00.0000000Z ";

test("R-12 of a talkative job the newest lines are kept", () => {
  const live = new LiveConsole(clock, { jobMax: 2 * (stamp.length + 2) });

  live.append("a", ["1", "2"]);
  live.append("a", ["3"]);

  expect(live.text("a")).toBe(`${stamp}2\n${stamp}3\n`);
});

test("R-12 of many jobs the one heard of longest ago is forgotten first", () => {
  const live = new LiveConsole(clock, { totalMax: 2 * (stamp.length + 2) });
  live.append("a", ["1"]);
  live.append("b", ["1"]);
  live.append("a", []);

  live.append("c", ["1"]);

  expect(["a", "b", "c"].filter((job) => live.text(job) !== undefined)).toEqual(["a", "c"]);
});

test("R-12 a line is cut at 1,024 characters", () => {
  const live = new LiveConsole(clock);

  live.append("a", ["x".repeat(5_000)]);

  expect(live.text("a")).toHaveLength(stamp.length + 1_024 + 1);
});
