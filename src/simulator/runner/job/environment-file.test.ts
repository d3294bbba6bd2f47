import { describe, expect, test } from "vitest";
import { parseEnvironmentFile } from "./environment-file.ts";

describe("environment files", () => {
  test.each([
    [
      "A=1\nB=two=2\n",
      [
        ["A", "1"],
        ["B", "two=2"],
      ],
    ],
    ["A=\n", [["A", ""]]],
    ["\n\nA=1", [["A", "1"]]],
    [
      "\uFEFFA=1\r\nB=2\r\n",
      [
        ["A", "1\r"],
        ["B", "2\r"],
      ],
    ],
    [
      "A<<EOF\none\ntwo\nEOF\nB=1\n",
      [
        ["A", "one\ntwo"],
        ["B", "1"],
      ],
    ],
    ["A<<EOF\r\none\r\ntwo\r\nEOF\r\n", [["A", "one\r\ntwo\r"]]],
    ["A<<EOF\nEOF\n", [["A", ""]]],
    ["A<<EOF\n\n\nEOF\n", [["A", "\n"]]],
    ["A<<EOF\n EOF\nEOF", [["A", " EOF"]]],
    ["A=x<<EOF\n", [["A", "x<<EOF"]]],
    ["A<<E=F\nv\nE=F\n", [["A", "v"]]],
    [
      "A=1\nA=2\n",
      [
        ["A", "1"],
        ["A", "2"],
      ],
    ],
  ])("%j", (content, entries) => {
    expect([...parseEnvironmentFile(content)]).toEqual(entries);
  });

  test.each([
    ["plain", "Invalid format 'plain'"],
    ["=x", "Invalid format '=x'. Name must not be empty"],
    ["A<<", "Invalid format 'A<<'. Name must not be empty and delimiter must not be empty"],
    ["<<EOF\nEOF", "Invalid format '<<EOF'. Name must not be empty and delimiter must not be empty"],
    ["A<<EOF\none", "Invalid value. EOF marker missing new line."],
    ["A<<EOF\n", "Invalid value. Matching delimiter not found 'EOF'"],
    ["A<<EOF\none\n", "Invalid value. Matching delimiter not found 'EOF'"],
  ])("%j is a mistake", (content, message) => {
    expect(() => [...parseEnvironmentFile(content)]).toThrow(message);
  });
});
