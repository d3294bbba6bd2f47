import { data } from "@actions/expressions";
import { expect, test } from "vitest";
import { evaluateExpression } from "./evaluate-expression.ts";
import { dictionary, GitHubNumber } from "./expression-data.ts";

const contexts: [string, data.ExpressionData][] = [
  ["big", new GitHubNumber(1e21)],
  ["map", dictionary([["10", new data.StringData("ten")]])],
];

const text = (expression: string) => evaluateExpression(expression, { contexts }).coerceString();

test.each([
  ["1e17", "1E+17"],
  ["0.00001", "1E-05"],
  ["NaN", "NaN"],
  ["-Infinity", "-Infinity"],
  ["big", "1E+21"],
  ["format('{0}', 1e16)", "1E+16"],
  ["join(fromJSON('[1e21, 0.5]'), ' ')", "1E+21 0.5"],
  ["toJSON(1e17)", "1E+17"],
  ["contains(1e17, 'E+')", "true"],
  ["map[10]", "ten"],
  ["fromJSON('1e3') == 1000", "true"],
])("the text of a number is GitHub's, wherever it comes from: %s", (expression, expected) => {
  expect(text(expression)).toBe(expected);
});

test("keys of JSON keep their order, also when they read as numbers", () => {
  expect(text(`toJSON(fromJSON('{"10":1,"9":{"2":"a:","1":"\\"x\\":"},"\\u0031":true}'))`)).toBe(
    '{\n  "10": 1,\n  "9": {\n    "2": "a:",\n    "1": "\\"x\\":"\n  },\n  "1": true\n}',
  );
  expect(text(`join(fromJSON('{"2":"b","1":"a"}').*)`)).toBe("b,a");
});

test("of JSON keys that differ by case alone the last one wins, at the place of the first", () => {
  expect(text(`toJSON(fromJSON('{"Key":1,"b":2,"KEY":3}'))`)).toBe('{\n  "Key": 3,\n  "b": 2\n}');
});

test.each([
  ["fromJSON('')", "Error reading JToken from JsonReader. Path '', line 0, position 0."],
  ["fromJSON('hello')", "Unexpected character encountered while parsing value: h. Path '', line 0, position 0."],
  ["fromJSON('{\"a\":}')", "Error parsing JSON when evaluating fromJson"],
])("%s is an error", (expression, message) => {
  expect(() => text(expression)).toThrow(message);
});

test("JSON text escapes the line ends that JavaScript's leaves alone", () => {
  expect(text("toJSON('\u2028\u0085\u00E9')")).toBe(String.raw`"\u2028\u0085é"`);
});
