import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

test("lines end at LF, CRLF and CR; the last one needs no end", () => {
  expect(split([Buffer.from("a\nb\r\nc\rd")])).toEqual(["a", "b", "c", "d"]);
});

test("where the stream is cut into pieces changes nothing", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\r") });
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
      const bytes = Buffer.from(whole);
      const places = [...new Set(cuts)].filter((place) => place < bytes.length).sort((left, right) => left - right);
      const pieces = [...places, bytes.length].map((end, index) =>
        bytes.subarray(index === 0 ? 0 : places[index - 1], end),
      );

      expect(split(pieces)).toEqual(split([bytes]));
    }),
  );
});

test("a line that never ends is handed on in pieces", () => {
  const lines = split([Buffer.alloc(1024 * 1024 + 5, "x")]);

  expect(lines.map((line) => line.length)).toEqual([1024 * 1024, 5]);
});
