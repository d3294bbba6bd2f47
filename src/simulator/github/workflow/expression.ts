import { data } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { evaluateExpression as evaluateWithGitHub } from "../../expression/evaluate-expression.ts";
import { dictionary, GitHubNumber } from "../../expression/expression-data.ts";
import { entriesOf, isList, recordOf, type Value, type ValueRecord } from "./value.ts";

/** What an expression may look at. */
export interface Scope {
  /** By name; a context that is not here reads as null. */
  readonly contexts: ValueRecord;
  /** Status functions and the like, by their name in lower case. */
  readonly functions?: ReadonlyMap<string, FunctionDefinition>;
}

const contextNames = [
  "github",
  "inputs",
  "vars",
  "needs",
  "strategy",
  "matrix",
  "secrets",
  "steps",
  "job",
  "jobs",
  "runner",
  "env",
];

/** Evaluates an expression (without `${{ }}`) with GitHub's evaluator. Throws an Error when it does not parse or evaluate. */
export function evaluateExpression(expression: string, scope: Scope): Value {
  const contexts = contextNames.map((name) => [name, toData(scope.contexts[name] ?? null)] as const);
  return fromData(evaluateWithGitHub(expression, { contexts, functions: scope.functions?.values() ?? [] }));
}

// The `github` context is read by every expression of a run; converting it once is most of the work.
const converted = new WeakMap<object, data.ExpressionData>();

/** Plain data as the evaluator's data. */
export function toData(value: Value): data.ExpressionData {
  if (value === null) return new data.Null();
  switch (typeof value) {
    case "string":
      return new data.StringData(value);
    case "number":
      return new GitHubNumber(value);
    case "boolean":
      return new data.BooleanData(value);
    default: {
      let known = converted.get(value);
      if (known === undefined) {
        known = isList(value)
          ? new data.Array(...value.map(toData))
          : dictionary(entriesOf(value).map(([key, entry]) => [key, toData(entry)] as const));
        converted.set(value, known);
      }
      return known;
    }
  }
}

export function fromData(value: data.ExpressionData): Value {
  if (value instanceof data.StringData || value instanceof data.NumberData || value instanceof data.BooleanData) {
    return value.value;
  }
  if (value instanceof data.Array) return value.values().map(fromData);
  if (value instanceof data.Dictionary) {
    return recordOf(value.pairs().map((pair) => [pair.key, fromData(pair.value)] as const));
  }
  return null;
}

/** The value as text, as GitHub puts it into a string. */
export function toText(value: Value): string {
  return toData(value).coerceString();
}

/** False are null, false, 0, NaN and the empty text. */
export function isTruthy(value: Value): boolean {
  return typeof value === "number" ? value !== 0 && !Number.isNaN(value) : Boolean(value);
}
