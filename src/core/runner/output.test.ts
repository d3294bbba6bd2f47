import { expect, test } from "vitest";
import { saysJobIsRunning } from "./output.ts";

test("a runner works from the line that names its job to the line that names the result", () => {
  expect(saysJobIsRunning("2026-11-21 02:00:00Z: Listening for Jobs\n")).toBe(false);
  expect(saysJobIsRunning("Listening for Jobs\n2026-11-21 02:00:00Z: Running job: build\n")).toBe(true);
  expect(saysJobIsRunning("Running job: build\nJob build completed with result: Succeeded\n")).toBe(false);
});

test("github-act-runner's sentences mean the same", () => {
  expect(saysJobIsRunning("Running Job 'build'\n")).toBe(true);
  expect(saysJobIsRunning("Running Job 'build'\nFinished Job 'build' with Status Succeeded\n")).toBe(false);
});
