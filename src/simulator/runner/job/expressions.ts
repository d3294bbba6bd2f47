import { data, Evaluator, ExpressionError, Lexer, Parser, wellKnownFunctions } from "@actions/expressions";
import { type Token as LexerToken, TokenType } from "@actions/expressions/lexer";
import type { Value } from "./context-values.ts";

export type ActionStatus = "success" | "failure" | "cancelled";

/** What an expression may see at one place of a job. */
export interface ExpressionScope {
  /** By name, lower case. A context that is not here is unknown: naming it is an error. */
  readonly contexts: ReadonlyMap<string, Value>;
  /** Present only where status functions are allowed: in a condition. */
  readonly status?: ActionStatus;
  /** Hash of the files that match the patterns, as `hashFiles` gives it. */
  readonly hashFiles?: (patterns: readonly string[]) => string;
}

interface FunctionDefinition {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  readonly call: (...values: Value[]) => Value;
}

/**
 * Evaluates one expression, written without `${{ }}`, with GitHub's own evaluator.
 *
 * @throws {Error} whose message is fit for the step's log.
 */
export function evaluate(expression: string, scope: ExpressionScope): Value {
  const functions = functionsOf(scope);
  try {
    const tokens = unquoted(new Lexer(expression).lex().tokens);
    const parsed = new Parser(tokens, [...scope.contexts.keys()], functions).parse() as
      ReturnType<Parser["parse"]> | undefined;
    if (parsed === undefined) return new data.Null();
    const contexts = new data.Dictionary(...[...scope.contexts].map(([key, value]) => ({ key, value })));
    return new Evaluator(
      parsed,
      contexts,
      new Map(functions.map((entry) => [entry.name.toLowerCase(), entry])),
    ).evaluate();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const position = error.pos.column + 1;
    throw new Error(`${error.message}. Located at position ${position} within expression: ${expression}`, {
      cause: error,
    });
  }
}

/** The package's lexer undoubles only the first doubled quote of a text; GitHub undoubles all. */
function unquoted(tokens: readonly LexerToken[]): LexerToken[] {
  return tokens.map((token) =>
    token.type === TokenType.STRING ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") } : token,
  );
}

/** GitHub's idea of truth: null, false, 0, NaN and the empty string are false. */
export function isTruthy(value: Value): boolean {
  if (value instanceof data.StringData) return value.value !== "";
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return value.value !== 0 && !Number.isNaN(value.value);
  return !(value instanceof data.Null);
}

function functionsOf(scope: ExpressionScope): FunctionDefinition[] {
  const { status, hashFiles } = scope;
  const functions: FunctionDefinition[] = [];
  if (status !== undefined) {
    const answers = {
      always: true,
      success: status === "success",
      failure: status === "failure",
      cancelled: status === "cancelled",
    };
    for (const [name, answer] of Object.entries(answers)) {
      functions.push({ name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) });
    }
  }
  if (hashFiles !== undefined) {
    const call = (...values: Value[]): Value =>
      new data.StringData(hashFiles(values.map((value) => value.coerceString())));
    functions.push({ name: "hashfiles", minArgs: 1, maxArgs: 255, call });
  }
  functions.push({ ...wellKnownFunctions["tojson"]!, call: toJsonCall });
  return functions;
}

/** As `toJSON` of the package, but with keys kept apart by case and in their order, also when they look like numbers. */
function toJsonCall(value?: Value): Value {
  return new data.StringData(write(value ?? new data.Null(), ""));
}

function write(value: Value, indent: string): string {
  const deeper = `${indent}  `;
  if (value instanceof data.Dictionary) {
    const entries = value.pairs().map((pair) => `${deeper}${JSON.stringify(pair.key)}: ${write(pair.value, deeper)}`);
    return entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n${indent}}`;
  }
  if (value instanceof data.Array) {
    const items = value.values().map((item) => `${deeper}${write(item, deeper)}`);
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (value instanceof data.StringData) return JSON.stringify(value.value);
  return value instanceof data.Null ? "null" : value.coerceString();
}
