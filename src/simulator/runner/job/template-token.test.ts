import { describe, expect, test } from "vitest";
import { string } from "./context-values.ts";
import {
  evaluateBoolean,
  evaluateMapping,
  evaluateNumber,
  evaluateTextMapping,
  evaluateToken,
} from "./template-token.ts";
import { conditionOf, tokenOfText } from "./text-token.ts";

const scope = { contexts: new Map([["who", string("me")]]), fileTable: [".github/workflows/ci.yml"] };

describe("template tokens", () => {
  test.each([
    ["raw", "raw"],
    [12, "12"],
    [true, "true"],
    [null, ""],
    [{ type: 0, lit: "text" }, "text"],
    [{ lit: "text" }, "text"],
    [{ type: 1, seq: ["a"] }, "Array"],
    [{ type: 2, map: [] }, "Object"],
    [{ type: 3, expr: "who" }, "me"],
    [{ type: 5, bool: true }, "true"],
    [{ type: 6, num: 1.5 }, "1.5"],
    [{ type: 7 }, ""],
  ])("%j", (token, text) => {
    expect(evaluateToken(token, scope).coerceString()).toBe(text);
  });

  test("a mapping keeps its order; keys may be expressions, an insert brings its entries", () => {
    const token = {
      type: 2,
      map: [
        { Key: { type: 3, expr: "who" }, Value: 1 },
        { Key: { type: 4, directive: "insert" }, Value: { type: 3, expr: "fromJSON('{\"b\":2}')" } },
        { Key: "a", Value: null },
      ],
    };

    expect(evaluateTextMapping(token, scope)).toEqual([
      ["me", "1"],
      ["b", "2"],
      ["a", ""],
    ]);
  });

  test("an expression in place of a mapping gives its entries, and nothing when it is null", () => {
    expect(evaluateMapping({ type: 3, expr: "fromJSON('null')" }, scope)).toEqual([]);
    expect(() => evaluateMapping({ type: 3, expr: "who" }, scope)).toThrow("A mapping was expected");
    const list = { type: 3, expr: "fromJSON('[]')", file: 1, line: 4, col: 2 };
    expect(() => evaluateTextMapping({ type: 2, map: [{ Key: "A", Value: list }] }, scope)).toThrow(
      "(Line: 4, Col: 2): A sequence was not expected",
    );
  });

  test("an error names file, line and column", () => {
    const token = { type: 3, expr: "nope.x", file: 1, line: 7, col: 9 };

    expect(() => evaluateToken(token, scope)).toThrow(
      /^The template is not valid\. \.github\/workflows\/ci\.yml \(Line: 7, Col: 9\): Unrecognized named-value: 'nope'/,
    );
  });

  test("a text is neither a number nor a boolean", () => {
    expect(evaluateNumber(5, scope)).toBe(5);
    expect(() => evaluateNumber("5", scope)).toThrow("Unexpected value '5'");
    expect(evaluateNumber(undefined, scope)).toBeUndefined();
    expect(evaluateBoolean({ type: 5, bool: true }, scope)).toBe(true);
    expect(evaluateBoolean(undefined, scope)).toBe(false);
    expect(() => evaluateBoolean("true", scope)).toThrow("Unexpected value 'true'");
  });
});

describe("text with expressions", () => {
  test.each([
    ["plain {0} '", "plain {0} '"],
    ["${{ who }}", "me"],
    ["it's {${{ who }}} and ${{ format('{0}}}', who) }}", "it's {me} and me}"],
    ["a ${{ '}}' }} b", "a }} b"],
  ])("%s", (text, expected) => {
    expect(evaluateToken(tokenOfText(text), scope).coerceString()).toBe(expected);
  });

  test("an expression that is not closed is an error", () => {
    expect(() => tokenOfText("a ${{ who")).toThrow("not closed");
  });

  test.each([
    ["", "success()"],
    ["who == 'x'", "success() && (who == 'x')"],
    ["${{ who == 'x' }}", "success() && (who == 'x')"],
    ["always()", "always()"],
    ["${{ !Cancelled() }}", "!Cancelled()"],
    ["contains('success()', who)", "success() && (contains('success()', who))"],
  ])("the condition of if: %j is %j", (written, condition) => {
    expect(conditionOf(written)).toBe(condition);
  });
});
