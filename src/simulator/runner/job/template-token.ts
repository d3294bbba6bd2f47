import { data } from "@actions/expressions";
import { GitHubNumber } from "../../expression/expression-data.ts";
import { asObject, isObject } from "../wire/json-fields.ts";
import { dictionary, type Value } from "./context-values.ts";
import { evaluate, type ExpressionScope } from "./expressions.ts";
import type { Token } from "./job-message.ts";

/** Where a token may look and how its errors name the workflow file. */
export interface TokenScope extends ExpressionScope {
  /** `file` numbers of tokens count from 1 in this list. */
  readonly fileTable: readonly string[];
}

const tokenType = {
  literal: 0,
  sequence: 1,
  mapping: 2,
  expression: 3,
  directive: 4,
  boolean: 5,
  number: 6,
  null: 7,
} as const;

/** @throws {Error} that names file, line and column when the token tells them. */
export function evaluateToken(token: Token, scope: TokenScope): Value {
  if (token === undefined || token === null) return new data.Null();
  if (typeof token === "string") return new data.StringData(token);
  if (typeof token === "number") return new GitHubNumber(token);
  if (typeof token === "boolean") return new data.BooleanData(token);
  const node = asObject(token);
  switch (Number(node["type"] ?? tokenType.literal)) {
    case tokenType.literal:
      return new data.StringData(String(node["lit"] ?? ""));
    case tokenType.sequence:
      return new data.Array(...items(node["seq"]).map((item) => evaluateToken(item, scope)));
    case tokenType.mapping:
      return dictionary(evaluateMapping(token, scope));
    case tokenType.expression:
      return located(token, scope, () => evaluate(String(node["expr"] ?? ""), scope));
    case tokenType.boolean:
      return new data.BooleanData(node["bool"] === true);
    case tokenType.number:
      return new GitHubNumber(Number(node["num"] ?? 0));
    case tokenType.null:
      return new data.Null();
    default:
      return located(token, scope, () => {
        throw new Error("A directive is not allowed here");
      });
  }
}

/** The entries of a mapping, in order; an expression that gives a dictionary counts as one, and so does an `insert`. */
export function evaluateMapping(token: Token, scope: TokenScope): (readonly [string, Value])[] {
  return placedEntries(token, scope).map(([key, value]) => [key, value] as const);
}

/** A mapping of texts. @throws {Error} with the place of a value that is no scalar. */
export function evaluateTextMapping(token: Token, scope: TokenScope): (readonly [string, string])[] {
  return placedEntries(token, scope).map(([key, value, place]) => {
    return [key, value.primitive ? value.coerceString() : refuse(value, place, scope)] as const;
  });
}

/** Each entry with the token that tells where it stands: its value's, or the expression's that gave it. */
function placedEntries(token: Token, scope: TokenScope): (readonly [string, Value, Token])[] {
  if (token === undefined || token === null) return [];
  const given = (from: Token) =>
    entriesOf(evaluateToken(from, scope), from, scope).map((each) => [...each, from] as const);
  const node = asObject(token);
  if (Number(node["type"] ?? tokenType.literal) !== tokenType.mapping) return given(token);
  return items(node["map"]).flatMap((pair) => {
    const key = asObject(pair)["Key"] ?? asObject(pair)["key"];
    const value = asObject(pair)["Value"] ?? asObject(pair)["value"];
    if (isObject(key) && Number(key["type"]) === tokenType.directive) return given(value);
    return [[evaluateToken(key, scope).coerceString(), evaluateToken(value, scope), value] as const];
  });
}

/** A boolean, false for null. @throws {Error} for anything else: GitHub refuses the text 'true' too. */
export function evaluateBoolean(token: Token, scope: TokenScope): boolean {
  const value = evaluateToken(token, scope);
  if (value instanceof data.Null) return false;
  return value instanceof data.BooleanData ? value.value : refuse(value, token, scope);
}

/** A number, or undefined for null. @throws {Error} for anything else, also for a text of digits. */
export function evaluateNumber(token: Token, scope: TokenScope): number | undefined {
  const value = evaluateToken(token, scope);
  if (value instanceof data.Null) return undefined;
  return value instanceof data.NumberData ? value.value : refuse(value, token, scope);
}

function refuse(value: Value, token: Token, scope: TokenScope): never {
  return located(token, scope, () => {
    throw new Error(value.primitive ? `Unexpected value '${value.coerceString()}'` : unexpectedKind(value));
  });
}

function unexpectedKind(value: Value): string {
  return `A ${value instanceof data.Array ? "sequence" : "mapping"} was not expected`;
}

export function isExpression(token: Token): boolean {
  return isObject(token) && Number(token["type"]) === tokenType.expression;
}

function entriesOf(value: Value, token: Token, scope: TokenScope): (readonly [string, Value])[] {
  if (value instanceof data.Null) return [];
  if (value instanceof data.Dictionary) return value.pairs().map((pair) => [pair.key, pair.value] as const);
  return located(token, scope, () => {
    throw new Error("A mapping was expected");
  });
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function located<T>(token: Token, scope: TokenScope, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const node = asObject(token);
    const reason = error instanceof Error ? error.message : String(error);
    const file = scope.fileTable[Number(node["file"] ?? 0) - 1];
    if (file === undefined && node["line"] === undefined) throw error;
    const place = `(Line: ${Number(node["line"] ?? 0)}, Col: ${Number(node["col"] ?? 0)})`;
    throw new Error(`The template is not valid. ${file === undefined ? "" : `${file} `}${place}: ${reason}`, {
      cause: error,
    });
  }
}
