import { data } from "@actions/expressions";
import { describe, expect, test } from "vitest";
import { CaseSensitiveDictionary, decodeContextValue, string, type Value } from "./context-values.ts";
import { evaluate, isTruthy } from "./expressions.ts";

const contexts = new Map<string, Value>([
  [
    "env",
    new CaseSensitiveDictionary([
      ["FOO", string("upper")],
      ["foo", string("lower")],
      ["2", string("two")],
      ["1", string("one")],
    ]),
  ],
  [
    "github",
    decodeContextValue({
      t: 2,
      d: [
        { k: "ref", v: "refs/heads/main" },
        { k: "event", v: { t: 2, d: [{ k: "list", v: { t: 1, a: [1, true, null] } }] } },
      ],
    }),
  ],
]);

describe("expressions", () => {
  test.each([
    ["env.FOO", "upper"],
    ["env.foo", "lower"],
    ["env.Foo", ""],
    ["GITHUB.REF", "refs/heads/main"],
    ["github.event.list[0] + ''", undefined],
    ["format('{0}-{1}', github.ref, github.event.list[1])", "refs/heads/main-true"],
    ["startsWith(github.ref, 'REFS/')", "true"],
    ["github.nothing.at.all", ""],
    ["1 == '1' && 'A' == 'a'", "true"],
    ["join(fromJSON('[1,2]'), '+')", "1+2"],
  ])("%s", (expression, expected) => {
    if (expected === undefined) expect(() => evaluate(expression, { contexts })).toThrow();
    else expect(evaluate(expression, { contexts }).coerceString()).toBe(expected);
  });

  test("toJSON keeps the order and the case of keys", () => {
    expect(evaluate("toJSON(env)", { contexts }).coerceString()).toBe(
      '{\n  "FOO": "upper",\n  "foo": "lower",\n  "2": "two",\n  "1": "one"\n}',
    );
    expect(evaluate("toJSON(github.event)", { contexts }).coerceString()).toBe(
      '{\n  "list": [\n    1,\n    true,\n    null\n  ]\n}',
    );
    expect(evaluate("toJSON(fromJSON('{}'))", { contexts }).coerceString()).toBe("{}");
  });

  test.each([
    ["success", "always() && success() && !failure() && !cancelled()"],
    ["failure", "always() && !success() && failure() && !cancelled()"],
    ["cancelled", "always() && !success() && !failure() && cancelled()"],
  ] as const)("in a job of status %s: %s", (status, expression) => {
    expect(isTruthy(evaluate(expression, { contexts, status }))).toBe(true);
  });

  test("status functions are unknown outside of conditions", () => {
    expect(() => evaluate("success()", { contexts })).toThrow(/Unrecognized function: 'success'/);
  });

  test("an unknown context is an error that names it and its place", () => {
    expect(() => evaluate("1 == secrets.X", { contexts })).toThrow(
      "Unrecognized named-value: 'secrets'. Located at position 6 within expression: 1 == secrets.X",
    );
  });

  test.each([
    [new data.StringData(""), false],
    [new data.StringData("false"), true],
    [new data.NumberData(0), false],
    [new data.NumberData(Number.NaN), false],
    [new data.BooleanData(false), false],
    [new data.Null(), false],
    [new data.Array(), true],
    [new data.Dictionary(), true],
  ])("truth of %j is %s", (value, truth) => {
    expect(isTruthy(value)).toBe(truth);
  });
});

describe("context data", () => {
  test.each([
    ["text", '"text"'],
    [{ t: 0, s: "x" }, '"x"'],
    [{ s: "x" }, '"x"'],
    [
      {
        t: 1,
        a: [
          { t: 3, b: true },
          { t: 4, n: 2 },
        ],
      },
      "[\n  true,\n  2\n]",
    ],
    [{ t: 2 }, "{}"],
    [
      {
        t: 5,
        d: [
          { k: "a", v: 1 },
          { k: "A", v: 2 },
        ],
      },
      '{\n  "a": 1,\n  "A": 2\n}',
    ],
    [{ t: 99 }, "null"],
    [undefined, "null"],
  ])("%j", (encoded, json) => {
    const value = new Map([["it", decodeContextValue(encoded)]]);
    expect(evaluate("toJSON(it)", { contexts: value }).coerceString()).toBe(json);
  });
});
