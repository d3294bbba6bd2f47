import { expect, test } from "vitest";
import { evaluateExpression, isTruthy, toText } from "./expression.ts";
import type { Value } from "./value.ts";

const contexts = {
  github: { ref: "refs/heads/main", event: { commits: [{ id: "a" }, { id: "b" }], number: 7 } },
  inputs: { Dry: true, count: 3 },
  matrix: null,
};

test.each([
  ["'it''s ''quoted'' text'", "it's 'quoted' text"],
  ["format('{0} ''{1}'' {{0}}', 'a', 'b')", "a 'b' {0}"],
  ["github.ref == 'REFS/HEADS/MAIN'", true],
  ["github.event.commits.*.id", ["a", "b"]],
  ["join(github.event.commits.*.id, '+')", "a+b"],
  ["github.event.commits[1].id", "b"],
  ["github['event']['number'] > 6", true],
  ["github.event.nothing.at.all", null],
  ["inputs.dry && inputs.count == '3'", true],
  ["matrix.os || 'none'", "none"],
  ["contains(fromJSON('[\"push\", \"x\"]'), 'PUSH')", true],
  ["startsWith(github.ref, 'refs/heads/') && !endsWith(github.ref, 'x')", true],
  ["toJSON(inputs.count)", "3"],
  ["fromJSON('{\"a\": [1, true, null]}').a", [1, true, null]],
  ["'' == 0", true],
  ["null == 0", true],
  ["'abc' == 0", false],
  ["case(false, 'a', true, 'b', 'c')", "b"],
  ["env.X", null],
  ["-1.5e2", -150],
])("%s", (expression, expected) => {
  expect(evaluateExpression(expression, { contexts })).toEqual(expected);
});

test("fromJSON refuses what is no JSON", () => {
  expect(() => evaluateExpression("fromJSON('{')", { contexts })).toThrow(/JSON/u);
});

test.each<[Value, string]>([
  [1.5, "1.5"],
  [true, "true"],
  [null, ""],
  [[1], "Array"],
  [{ a: 1 }, "Object"],
  [0, "0"],
])("%j reads as text %s", (value, expected) => {
  expect(toText(value)).toBe(expected);
});

test("false are null, false, 0, not-a-number and the empty text; lists and mappings are true", () => {
  expect([null, false, 0, Number.NaN, ""].map(isTruthy)).toEqual([false, false, false, false, false]);
  expect([true, -1, "0", "false", [], {}].map(isTruthy)).toEqual([true, true, true, true, true, true]);
});

test("keys keep their order through evaluation and back, also when they read as numbers", () => {
  const matrix = evaluateExpression(`fromJSON('{"10":"a","9":{"2":1,"1":2}}')`, { contexts });
  expect(evaluateExpression("toJSON(matrix)", { contexts: { matrix } })).toBe(
    '{\n  "10": "a",\n  "9": {\n    "2": 1,\n    "1": 2\n  }\n}',
  );
});
