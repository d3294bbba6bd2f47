import { expect, test } from "vitest";
import { linesAfter } from "./lines-after.ts";

test("what was seen is not said again", () => {
  expect(linesAfter(["a", "b", "c"], ["b", "c", "d", "e"])).toEqual(["d", "e"]);
  expect(linesAfter(["a", "b"], ["a", "b"])).toEqual([]);
});

test("the longest overlap counts, so that equal lines are not lost", () => {
  expect(linesAfter(["x", "x", "x"], ["x", "x", "x", "x"])).toEqual(["x"]);
});

test("without overlap everything is new", () => {
  expect(linesAfter(["a"], ["y", "z"])).toEqual(["y", "z"]);
  expect(linesAfter([], ["y"])).toEqual(["y"]);
});
