import { expect, test } from "vitest";
import { LinkDurations } from "./link-durations.ts";

const entry = (kind: string, atMs: number, job?: string) => ({
  kind,
  atMs,
  pool: "linux",
  sequence: 0,
  ...(job === undefined ? {} : { job }),
});

test("the first link of a job measures nothing, and events outside the chain neither", () => {
  const durations = new LinkDurations({ maxTracks: 10 });

  expect(durations.observe(entry("seen", 0, "j"))).toBeUndefined();
  expect(durations.observe(entry("adopted", 50, "j"))).toBeUndefined();
  expect(durations.observe(entry("matched", 100, "j"))).toEqual({ pool: "linux", link: "matched", durationMs: 100 });
});

test("only so many jobs are remembered, the longest unheard-of forgotten first", () => {
  const durations = new LinkDurations({ maxTracks: 2 });
  for (const job of ["a", "b", "c"]) durations.observe(entry("seen", 0, job));

  expect(durations.observe(entry("matched", 5, "a"))).toBeUndefined();
  expect(durations.observe(entry("matched", 5, "c"))?.durationMs).toBe(5);
});

test("a finished job is forgotten", () => {
  const durations = new LinkDurations({ maxTracks: 10 });
  durations.observe(entry("seen", 0, "j"));
  durations.observe(entry("finished", 5, "j"));

  expect(durations.observe(entry("seen", 9, "j"))).toBeUndefined();
});

test("a clock that jumps back measures zero, not less", () => {
  const durations = new LinkDurations({ maxTracks: 10 });
  durations.observe(entry("seen", 100, "j"));

  expect(durations.observe(entry("matched", 50, "j"))?.durationMs).toBe(0);
});
