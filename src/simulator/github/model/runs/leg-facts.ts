import {
  asText,
  evaluate,
  evaluateBoolean,
  EvaluationError,
  evaluateNumber,
  evaluateText,
} from "../../workflow/evaluate.ts";
import type { Scope } from "../../workflow/expression.ts";
import { jobDisplayName } from "../../workflow/display-name.ts";
import type { StrategyLeg } from "../../workflow/strategy.ts";
import { property, type TemplateToken } from "../../workflow/tokens.ts";
import { isList, isRecord, type Value } from "../../workflow/value.ts";
import type { JobDefinition } from "../../workflow/workflow.ts";
import type { JobRow } from "./run.ts";

/** GitHub's default for `timeout-minutes`. */
const defaultTimeoutMinutes = 360;

export type LegFacts = Pick<
  JobRow,
  "name" | "labels" | "runnerGroup" | "timeoutMinutes" | "continueOnError" | "environment"
>;

/**
 * Everything about a job that depends on its matrix values, evaluated. `evaluating` hears the key that is read next.
 *
 * @throws {EvaluationError} with the place of what could not be evaluated.
 */
export function legFacts(
  definition: JobDefinition,
  leg: StrategyLeg,
  scope: Scope,
  evaluating: (key: string) => void,
): LegFacts {
  const { timeoutMinutes, continueOnError, runsOn } = definition;
  evaluating("name");
  const name = jobDisplayName(definition.id, definition.name, leg.labels, scope);
  evaluating("runs-on");
  const runner = runsOn === undefined ? { labels: [], group: undefined } : runnerOf(runsOn, scope);
  evaluating("timeout-minutes");
  const minutes = timeoutMinutes === undefined ? defaultTimeoutMinutes : evaluateNumber(timeoutMinutes, scope);
  evaluating("continue-on-error");
  const forgiven = continueOnError !== undefined && evaluateBoolean(continueOnError, scope);
  evaluating("environment");
  return {
    name,
    labels: runner.labels,
    runnerGroup: runner.group,
    timeoutMinutes: minutes,
    continueOnError: forgiven,
    environment: environmentOf(definition.environment, scope),
  };
}

function runnerOf(
  token: TemplateToken,
  scope: Scope,
): { readonly labels: readonly string[]; readonly group: string | undefined } {
  const value = evaluate(token, scope);
  if (!isRecord(value)) return { labels: labelsOf(token, value), group: undefined };
  const { group, labels } = value;
  return {
    labels: labels === undefined || labels === null ? [] : labelsOf(token, labels),
    // `org/name` and `enterprise/name` say where the group is defined; the name alone is what is matched.
    group: group === undefined || group === null ? undefined : asText(token, group).replace(/^[^/]*\//u, ""),
  };
}

function labelsOf(token: TemplateToken, value: Value): readonly string[] {
  const labels = isList(value) ? value.map((label) => asText(token, label)) : [asText(token, value)];
  if (labels.length === 0 || labels.includes("")) {
    throw new EvaluationError(token, "Unexpected value ''");
  }
  const seen = new Set<string>();
  return labels.filter((label) => !seen.has(label.toLowerCase()) && seen.add(label.toLowerCase()));
}

function environmentOf(token: TemplateToken | undefined, scope: Scope): JobRow["environment"] {
  if (token === undefined) return undefined;
  const named = property(token, "name") ?? (token.isScalar ? token : undefined);
  if (named === undefined) return undefined;
  const name = evaluateText(named, scope);
  return name === "" ? undefined : { name, url: property(token, "url") };
}
