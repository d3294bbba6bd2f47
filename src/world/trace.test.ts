import { expect, test } from "vitest";
import { Trace } from "./trace.ts";

function hashOf(...lines: readonly [number, number, string, string, string][]): string {
  const trace = new Trace({ keepLines: false });
  for (const line of lines) trace.note(...line);
  return trace.hash();
}

test("the hash covers instant, incarnation, port, call and outcome, and their order", () => {
  const line: [number, number, string, string, string] = [1_767_600_000_000.25, 1, "github", "GET queue", "200"];
  const hashes = [
    hashOf(line),
    hashOf([line[0] + 0.25, 1, "github", "GET queue", "200"]),
    hashOf([line[0], 2, "github", "GET queue", "200"]),
    hashOf([line[0], 1, "host", "GET queue", "200"]),
    hashOf([line[0], 1, "github", "PUT queue", "200"]),
    hashOf([line[0], 1, "github", "GET queue", "202"]),
    hashOf(line, [0, 1, "a", "b", "c"]),
    hashOf([0, 1, "a", "b", "c"], line),
  ];

  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashOf(line)).toBe(hashes[0]);
});
