import { expect, test } from "vitest";
import { newTail } from "./new-tail.ts";

test("only what was written since the last look is new", () => {
  expect(newTail("", "one\n")).toBe("one\n");
  expect(newTail("one\n", "one\ntwo\n")).toBe("two\n");
  expect(newTail("one\n", "one\n")).toBe("");
});

test("when the beginning was cut off, the overlap is found", () => {
  const before = Array.from({ length: 200 }, (_, index) => `line ${index}\n`).join("");
  const now = `${before.slice(400)}new\n`;

  expect(newTail(before, now)).toBe("new\n");
});

test("without overlap everything is new", () => {
  expect(newTail("one\ntwo\n", "nine\nten\n")).toBe("nine\nten\n");
});
