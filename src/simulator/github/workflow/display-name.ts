import { evaluateText } from "./evaluate.ts";
import type { Scope } from "./expression.ts";
import { BasicExpressionToken, literalText, type ScalarToken } from "./tokens.ts";

const jobNameLengthMax = 100;

/**
 * A job's name as GitHub shows it. A literal name (or the id) takes the matrix values in parentheses; a name with
 * expressions is evaluated and takes nothing.
 */
export function jobDisplayName(
  id: string,
  name: ScalarToken | undefined,
  labels: readonly string[],
  scope: Scope,
): string {
  if (name instanceof BasicExpressionToken) {
    const evaluated = evaluateText(name, scope);
    return evaluated === "" ? withLabels(id, labels) : evaluated;
  }
  return withLabels(literalText(name) || id, labels);
}

function withLabels(name: string, labels: readonly string[]): string {
  const full = labels.length === 0 ? name : `${name} (${labels.join(", ")})`;
  return full.length > jobNameLengthMax ? `${full.slice(0, jobNameLengthMax - 3)}...` : full;
}

/** The name of a job that is not, or not yet, expanded: expressions stand as they are written. */
export function unevaluatedJobName(id: string, name: ScalarToken | undefined): string {
  if (!(name instanceof BasicExpressionToken)) return literalText(name) || id;
  return firstLineOf(writtenText(name)) || id;
}

/** The text of the file with each expression as `${{ expression }}`. */
function writtenText(token: BasicExpressionToken): string {
  if (token.originalExpressions === undefined || token.source === undefined) return `\${{ ${token.expression} }}`;
  return token.source.replaceAll(
    /\$\{\{((?:'[^']*'|[^'}]|\}(?!\}))*)\}\}/gu,
    (_match, expression: string) => `\${{ ${expression.trim()} }}`,
  );
}

/** The name of a step without `name:`: `Run` and the first line of its script, or the path of its action. */
export function runStepName(text: string): string {
  return `Run ${firstLineOf(text)}`;
}

/** A step's name before it is evaluated: the minimal truth for a step that never began. */
export function unevaluatedStepName(token: ScalarToken): string {
  return token instanceof BasicExpressionToken ? writtenText(token) : (literalText(token) ?? "");
}

export function firstLineOf(text: string): string {
  return text.trimStart().split(/[\r\n]/u, 1)[0] ?? "";
}
