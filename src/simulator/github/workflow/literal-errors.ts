import { EvaluationError } from "./evaluate.ts";
import { evaluateStrategy } from "./strategy.ts";
import { BooleanToken, literalText, MappingToken, property, SequenceToken, type TemplateToken } from "./tokens.ts";
import { errorAt, remedyFor, type WorkflowError } from "./workflow-error.ts";

/**
 * What is wrong with a workflow or a job and can be seen without evaluating any expression. GitHub refuses such a file; what
 * depends on an expression fails the job when its turn comes.
 */
export function literalErrors(file: string, owner: MappingToken): readonly WorkflowError[] {
  const errors = [
    strategyError(file, property(owner, "strategy")),
    concurrencyError(file, property(owner, "concurrency")),
    runsOnError(file, property(owner, "runs-on")),
  ];
  return errors.filter((error) => error !== undefined);
}

function strategyError(file: string, strategy: TemplateToken | undefined): WorkflowError | undefined {
  if (strategy === undefined || hasExpression(strategy)) return undefined;
  try {
    evaluateStrategy(strategy, { contexts: {} });
    return undefined;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const { line, column: col, message } = error;
    return errorAt(file, { line, col }, message, remedyFor(message));
  }
}

function concurrencyError(file: string, concurrency: TemplateToken | undefined): WorkflowError | undefined {
  const cancel = property(concurrency, "cancel-in-progress");
  if (literalText(property(concurrency, "queue")) !== "max") return undefined;
  if (!(cancel instanceof BooleanToken) || !cancel.value) return undefined;
  const message = "'queue: max' cannot be combined with 'cancel-in-progress: true'";
  return errorAt(file, concurrency, message, remedyFor(message));
}

/** No labels at all: no runner could ever be asked. */
function runsOnError(file: string, runsOn: TemplateToken | undefined): WorkflowError | undefined {
  const labels = runsOn instanceof MappingToken ? property(runsOn, "labels") : runsOn;
  if (property(runsOn, "group") !== undefined) return undefined;
  if (!(labels instanceof SequenceToken) || labels.count > 0) return undefined;
  const message = "'runs-on' names no label";
  return errorAt(file, labels, message, remedyFor(message));
}

function hasExpression(token: TemplateToken): boolean {
  if (token instanceof SequenceToken) return [...token].some(hasExpression);
  if (token instanceof MappingToken)
    return [...token].some(({ key, value }) => key.isExpression || hasExpression(value));
  return token.isExpression;
}
