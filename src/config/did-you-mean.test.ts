import { expect, test } from "vitest";
import { didYouMean } from "./did-you-mean.ts";

test.each([
  ["instalation", "installation"],
  ["minidle", "minIdle"],
  ["siez", "size"],
  ["placment", "placement"],
])("%s means %s", (word, meant) => {
  expect(didYouMean(word, ["installation", "minIdle", "size", "placement", "scope"])).toBe(meant);
});

test("a word far from everything means nothing", () => {
  expect(didYouMean("zebra", ["size", "scope", "labels"])).toBeUndefined();
  expect(didYouMean("x", [])).toBeUndefined();
});
