import { asText, evaluate, EvaluationError } from "../../workflow/evaluate.ts";
import type { Scope } from "../../workflow/expression.ts";
import type { TemplateToken } from "../../workflow/tokens.ts";
import { isRecord } from "../../workflow/value.ts";
import type { ClaimTerms } from "./concurrency-groups.ts";

const groupLengthMax = 400;

/** An evaluated `concurrency`. */
export interface ConcurrencySetting {
  readonly group: string;
  readonly terms: ClaimTerms;
}

/** @throws {EvaluationError} an expression fails, or the group has no name. */
export function concurrencySetting(token: TemplateToken, scope: Scope): ConcurrencySetting {
  const value = evaluate(token, scope);
  const { group, "cancel-in-progress": cancel, queue } = isRecord(value) ? value : { group: value };
  const name = asText(token, group ?? null);
  if (name === "") throw new EvaluationError(token, "Concurrency group name cannot be empty");
  if (name.length > groupLengthMax) {
    throw new EvaluationError(token, "Concurrency group name must be less than 400 characters");
  }
  if (cancel !== undefined && typeof cancel !== "boolean") {
    throw new EvaluationError(token, `Unexpected value '${asText(token, cancel)}'`);
  }
  return { group: name, terms: { cancelInProgress: cancel === true, waitsInLine: queue === "max" } };
}
