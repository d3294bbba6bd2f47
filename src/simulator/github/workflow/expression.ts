import { data, Evaluator, type Expr, Lexer, Parser } from "@actions/expressions";
import { type Token, TokenType } from "@actions/expressions/lexer";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { isList, type Value, type ValueRecord } from "./value.ts";

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
  const functions = scope.functions ?? new Map<string, FunctionDefinition>();
  const tree = parsed(expression, [...functions.values()]);
  if (tree === undefined) return null;
  const contexts = new data.Dictionary();
  for (const name of contextNames) contexts.add(name, toData(scope.contexts[name] ?? null));
  return fromData(new Evaluator(tree, contexts, new Map(functions)).evaluate());
}

function parsed(expression: string, functions: FunctionDefinition[]): Expr | undefined {
  return new Parser(unquoted(new Lexer(expression).lex().tokens), contextNames, functions).parse();
}

/** The package's lexer undoubles only the first doubled quote of a text; GitHub undoubles all. */
function unquoted(tokens: readonly Token[]): Token[] {
  return tokens.map((token) =>
    token.type === TokenType.STRING ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") } : token,
  );
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
      return new data.NumberData(value);
    case "boolean":
      return new data.BooleanData(value);
    default: {
      let known = converted.get(value);
      if (known === undefined) {
        known = isList(value)
          ? new data.Array(...value.map(toData))
          : new data.Dictionary(...Object.entries(value).map(([key, entry]) => ({ key, value: toData(entry) })));
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
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value)]));
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
