import { evaluateExpression, type Scope, toText } from "./expression.ts";
import {
  BasicExpressionToken,
  BooleanToken,
  MappingToken,
  NumberToken,
  SequenceToken,
  StringToken,
  type TemplateToken,
} from "./tokens.ts";
import { entriesOf, isList, isRecord, recordOf, type Value } from "./value.ts";

/** Something in the file could not be evaluated; the job it belongs to fails. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
  readonly line: number;
  readonly column: number;

  constructor(token: Pick<TemplateToken, "line" | "col"> | undefined, message: string, options?: ErrorOptions) {
    super(message, options);
    this.line = token?.line ?? 1;
    this.column = token?.col ?? 1;
  }
}

/** A token with all its expressions evaluated. */
export function evaluate(token: TemplateToken, scope: Scope): Value {
  if (token instanceof StringToken || token instanceof NumberToken || token instanceof BooleanToken) return token.value;
  if (token instanceof BasicExpressionToken) {
    try {
      return evaluateExpression(token.expression, scope);
    } catch (error) {
      throw new EvaluationError(token, error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
  if (token instanceof SequenceToken) return [...token].map((item) => evaluate(item, scope));
  if (token instanceof MappingToken) return evaluateMapping(token, scope);
  return null;
}

function evaluateMapping(token: MappingToken, scope: Scope): Value {
  const result: (readonly [string, Value])[] = [];
  for (const { key, value } of token) {
    if (key.isExpression && !(key instanceof BasicExpressionToken)) {
      // `${{ insert }}: ...` spreads a mapping into this one.
      const inserted = evaluate(value, scope);
      if (isRecord(inserted)) result.push(...entriesOf(inserted));
      else throw new EvaluationError(value, "A mapping was expected");
    } else {
      result.push([toText(evaluate(key, scope)), evaluate(value, scope)]);
    }
  }
  return recordOf(result);
}

/** Lists and mappings are no text; everything else becomes text. */
export function evaluateText(token: TemplateToken, scope: Scope): string {
  return asText(token, evaluate(token, scope));
}

export function asText(token: TemplateToken, value: Value): string {
  if (isList(value)) throw new EvaluationError(token, "A sequence was not expected");
  if (isRecord(value)) throw new EvaluationError(token, "A mapping was not expected");
  return toText(value);
}

/** A boolean and nothing that merely looks like one: GitHub refuses the text 'true'. */
export function evaluateBoolean(token: TemplateToken, scope: Scope): boolean {
  const value = evaluate(token, scope);
  if (typeof value === "boolean") return value;
  throw new EvaluationError(token, `Unexpected value '${asText(token, value)}'`);
}

export function evaluateNumber(token: TemplateToken, scope: Scope): number {
  const value = evaluate(token, scope);
  if (typeof value === "number") return value;
  throw new EvaluationError(token, `Unexpected value '${asText(token, value)}'`);
}
