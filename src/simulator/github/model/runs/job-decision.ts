import { evaluateExpression, isTruthy } from "../../workflow/expression.ts";
import { evaluateStrategy, type Strategy, type StrategyLeg } from "../../workflow/strategy.ts";
import type { ValueRecord } from "../../workflow/value.ts";
import { jobScope } from "./job-scope.ts";
import { legFacts, type LegFacts } from "./leg-facts.ts";
import { problemText } from "./problem-text.ts";
import type { JobNode } from "./run.ts";

/** What the file says becomes of a job whose needs are over. */
export type JobDecision =
  | { readonly kind: "skip" }
  | { readonly kind: "run"; readonly strategy: Strategy }
  /** An expression cannot be evaluated; `problem` says which and why. */
  | { readonly kind: "fail"; readonly problem: string };

/** Evaluates the job's `if` and, if it holds, its `strategy`. */
export function decideJob(node: JobNode, vars: ValueRecord): JobDecision {
  const { definition } = node;
  const scope = jobScope(node, vars);
  let key = "if";
  try {
    if (!isTruthy(evaluateExpression(definition.condition, scope))) return { kind: "skip" };
    key = "strategy";
    return { kind: "run", strategy: evaluateStrategy(definition.strategy, scope) };
  } catch (error) {
    return { kind: "fail", problem: problemText(node.run, key, error, node) };
  }
}

/** Whether the job's `if` holds as things are now; one that cannot be evaluated does not. */
export function isStillWanted(node: JobNode, vars: ValueRecord): boolean {
  try {
    return isTruthy(evaluateExpression(node.definition.condition, jobScope(node, vars)));
  } catch {
    return false;
  }
}

/** Evaluates what differs between the jobs of a matrix: name, labels, limits. */
export function evaluateLeg(
  node: JobNode,
  leg: StrategyLeg,
  vars: ValueRecord,
): { readonly facts: LegFacts } | { readonly problem: string } {
  let key = "name";
  try {
    const scope = jobScope(node, vars, leg);
    return { facts: legFacts(node.definition, leg, scope, (next) => (key = next)) };
  } catch (error) {
    return { problem: problemText(node.run, key, error, node) };
  }
}

/** Whether a re-run of what failed wants this combination of the matrix. */
export function isAgain(node: JobNode, leg: StrategyLeg): boolean {
  const index = leg.strategy["job-index"];
  return node.again?.some((row) => row.strategy["job-index"] === index) ?? true;
}
