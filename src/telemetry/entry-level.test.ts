import { expect, test } from "vitest";
import { links } from "../core/ports/journal.ts";
import { entryLevel } from "./entry-level.ts";

test("the chain and an orderly end are no warnings", () => {
  const calm = [...links, "connected", "adopted", "ending-finished", "ending-surplus", "drained"];

  expect(calm.filter((kind) => entryLevel(kind) !== "info")).toEqual([]);
});

test.each([
  "unauthorized",
  "not-found",
  "session-conflict",
  "ending-launch-failed",
  "ending-boot-deadline",
  "never-heard-of",
])("%s is a warning", (kind) => {
  expect(entryLevel(kind)).toBe("warn");
});
