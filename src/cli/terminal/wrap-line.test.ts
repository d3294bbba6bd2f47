import { expect, test } from "vitest";
import { span } from "./line.ts";
import { wrapLine } from "./wrap-line.ts";

const texts = (text: string, columns: number, indent?: number): string[] =>
  wrapLine([span("! ", "bad"), span(text)], columns, indent).map((line) => line.map((part) => part.text).join(""));

test("a line is broken between words, and no part ends in a space that would be cut", () => {
  expect(texts("one two three four", 9, 2)).toEqual(["! one two", "  three", "  four"]);
});

test("a line that fits stays one, and a word that fits nowhere stands alone", () => {
  expect(texts("one two", 80)).toEqual(["! one two"]);
  expect(texts("a abcdefghijkl b", 5)).toEqual(["! a", "abcdefghijkl", "b"]);
});
