import { data, ExpressionError } from "@actions/expressions";
import { evaluateExpression } from "../../expression/evaluate-expression.ts";
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
  try {
    return evaluateExpression(expression, { contexts: scope.contexts, functions: functionsOf(scope) });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const position = error.pos.column + 1;
    throw new Error(`${error.message}. Located at position ${position} within expression: ${expression}`, {
      cause: error,
    });
  }
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
  return functions;
}
