import { data, Lexer } from "@actions/expressions";
import { asObject } from "../wire/json-fields.ts";
import { evaluate } from "./expressions.ts";
import type { StepMessage, Token } from "./job-message.ts";
import type { JobState } from "./job-state.ts";
import { scopeOf, type StepLevel, type StepView } from "./scope.ts";
import { firstLine } from "./script-step.ts";
import { evaluateTextMapping, evaluateToken, isExpression, type TokenScope } from "./template-token.ts";

/**
 * The name a step is shown under once its turn has come, also when it is skipped: its own, or `Run` and what it runs. An
 * expression in it that cannot be evaluated is shown as it is written.
 */
export function stepName(step: StepMessage, job: JobState, level: StepLevel, view: StepView): string | undefined {
  return nameIn(scopeOf(job, level, view, "value"), step, job);
}

/** Contexts that stand before the first step. */
const earlyContexts: ReadonlySet<string> = new Set(["github", "needs", "strategy", "matrix", "inputs", "vars"]);

/** The name before the step's turn: an expression that looks at anything of the job's course stays as it is written. */
export function plannedStepName(step: StepMessage, job: JobState, level: StepLevel): string | undefined {
  const view = { environment: new Map(), github: new Map([["action", step.name]]) };
  const { contexts, fileTable } = scopeOf(job, level, view, "value");
  const early = new Map([...contexts].filter(([name]) => earlyContexts.has(name)));
  return nameIn({ contexts: early, fileTable }, step, job);
}

function nameIn(scope: TokenScope, step: StepMessage, job: JobState): string | undefined {
  const name = unmaskedName(step, scope);
  return name === undefined ? undefined : job.masker.mask(name);
}

function unmaskedName(step: StepMessage, scope: TokenScope): string | undefined {
  const own = step.displayName;
  try {
    if (own !== undefined && own !== null) {
      const name = firstLine(evaluateToken(own, scope).coerceString());
      if (name !== "") return name;
    }
    if (step.reference.kind === "local-action") return `Run ${step.reference.path}`;
    const script = new Map(evaluateTextMapping(step.inputs, scope)).get("script");
    return script === undefined ? undefined : `Run ${firstLine(script)}`;
  } catch {
    return isExpression(own) ? firstLine(written(own)) : undefined;
  }
}

/** An expression as its author wrote it: a mixture of text and expressions arrives as one `format()` call. */
function written(token: Token): string {
  const expression = String(asObject(token)["expr"] ?? "");
  const [format, ...operands] = formatArguments(expression);
  if (format === undefined || operands.length === 0) return `\${{ ${expression} }}`;
  const contexts = new Map(
    operands.map((each, index) => [`o${index}`, new data.StringData(`\${{ ${each} }}`)] as const),
  );
  try {
    return evaluate(`format(${[format, ...contexts.keys()].join(", ")})`, { contexts }).coerceString();
  } catch {
    return `\${{ ${expression} }}`;
  }
}

/** The arguments of an expression that is one `format('literal', ...)` call, as they are written; else none. */
function formatArguments(expression: string): readonly string[] {
  const head = /^\s*format\s*\(/iu.exec(expression);
  if (head === null || !expression.trimEnd().endsWith(")")) return [];
  const inside = expression.trimEnd().slice(head[0].length, -1);
  const cuts: number[] = [];
  let depth = 0;
  try {
    for (const { lexeme, range } of new Lexer(inside).lex().tokens) {
      if (range.start.line > 0) return []; // Columns count from the line's beginning.
      if (lexeme === "(" || lexeme === "[") depth += 1;
      else if (lexeme === ")" || lexeme === "]") depth -= 1;
      else if (lexeme === "," && depth === 0) cuts.push(range.start.column);
      if (depth < 0) return [];
    }
  } catch {
    return [];
  }
  return [...cuts, inside.length].map((end, index) => inside.slice((cuts[index - 1] ?? -1) + 1, end).trim());
}
