import { TemplateContext, TemplateValidationErrors } from "@actions/workflow-parser/templates/template-context";
import { readTemplate as readWithSchema } from "@actions/workflow-parser/templates/template-reader";
import type { TokenRange } from "@actions/workflow-parser/templates/tokens/token-range";
import { NoOperationTraceWriter } from "@actions/workflow-parser/templates/trace-writer";
import { FeatureFlags } from "@actions/expressions/features";
import { templateSchema } from "./template-schema.ts";
import { remedyFor, type WorkflowError } from "./workflow-error.ts";
import { BasicExpressionToken, TemplateToken } from "./tokens.ts";
import { type BlockScalar, YamlReader } from "./yaml-reader.ts";

/** A file read against GitHub's schema; more errors may be added to its context while it is converted. */
export interface TemplateFile {
  readonly path: string;
  readonly context: TemplateContext;
  /** Undefined when the text is no YAML. */
  readonly root: TemplateToken | undefined;
  /** What is wrong so far, in the order of the file. */
  errors(): readonly WorkflowError[];
}

/** Reads YAML text and checks it against GitHub's schema for workflow or action files. */
export function readTemplate(path: string, text: string, kind: "workflow" | "action"): TemplateFile {
  const context = new TemplateContext(
    new TemplateValidationErrors(),
    templateSchema(kind),
    new NoOperationTraceWriter(),
  );
  context.state["featureFlags"] = new FeatureFlags({ allowCaseFunction: true });
  const file = context.getFileId(path);
  const reader = new YamlReader(file, text);
  let root: TemplateToken | undefined;
  if (reader.problems.length === 0) {
    const definition = kind === "workflow" ? "workflow-root-strict" : "action-root";
    root = readWithSchema(context, definition, reader, file);
    refuseLongExpressions(context, root);
  }
  for (const problem of reader.problems) context.error(file, problem.message, problem.range);
  return {
    path,
    context,
    root,
    errors: () => inOrder(withoutEchoes(refusals(context).map((error) => toError(path, error, reader.blockScalars)))),
  };
}

/** GitHub's own limit, in characters. A text with expressions in it is one expression, so it counts as a whole. */
const expressionLengthMax = 21_000;

/** The parser leaves this to whoever evaluates; GitHub refuses the file. */
function refuseLongExpressions(context: TemplateContext, root: TemplateToken | undefined): void {
  for (const [, token] of root === undefined ? [] : TemplateToken.traverse(root)) {
    if (!(token instanceof BasicExpressionToken) || token.expression.length <= expressionLengthMax) continue;
    context.error(token, `Exceeded max expression length ${expressionLengthMax}`);
  }
}

/**
 * The parser's errors less what only editors are told: that the default of a dispatch input is written as another type than
 * the input has, such as `type: boolean` with `default: 'true'`. GitHub's schema allows each, and takes the text.
 */
function refusals(context: TemplateContext) {
  return context.errors
    .getErrors()
    .filter(({ rawMessage }) => !/^Unexpected type '\w+' encountered while reading 'input default'/u.test(rawMessage));
}

function toError(
  file: string,
  error: { readonly rawMessage: string; readonly range: TokenRange | undefined },
  blockScalars: readonly BlockScalar[],
): WorkflowError {
  const { line, column } = error.range?.start ?? { line: 1, column: 1 };
  const block = blockScalars.find((each) => line >= each.firstLine && line <= each.lastLine);
  const { rawMessage: message } = error;
  return { file, line, column: column + (block?.indent ?? 0), message, remedy: remedyFor(message) };
}

/** An expression that cannot be read stays as text, which is then refused a second time for being no number, for example. */
function withoutEchoes(errors: readonly WorkflowError[]): readonly WorkflowError[] {
  const isEcho = (error: WorkflowError): boolean =>
    error.message.startsWith("Unexpected value '${{") &&
    errors.some((other) => other !== error && other.line === error.line && other.column === error.column);
  return errors.filter((error) => !isEcho(error));
}

function inOrder(errors: readonly WorkflowError[]): readonly WorkflowError[] {
  return [...errors].sort((left, right) => left.line - right.line || left.column - right.column);
}
