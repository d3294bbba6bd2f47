import { evaluate, evaluateBoolean, evaluateNumber } from "./evaluate.ts";
import type { Scope } from "./expression.ts";
import { combinations } from "./matrix.ts";
import { mapping, MappingToken, property, type TemplateToken } from "./tokens.ts";
import type { Value, ValueRecord } from "./value.ts";

/** The jobs that one entry of `jobs` becomes. */
export interface Strategy {
  readonly failFast: boolean;
  /** How many may be under way at once; undefined: all. */
  readonly maxParallel: number | undefined;
  readonly legs: readonly StrategyLeg[];
}

export interface StrategyLeg {
  /** The `matrix` context; null without a matrix. */
  readonly matrix: Value;
  /** The `strategy` context. */
  readonly strategy: ValueRecord;
  readonly labels: readonly string[];
}

/**
 * Evaluates `strategy`. A matrix that is empty after `exclude` gives one job without a matrix, as on GitHub.
 *
 * @throws {EvaluationError} an expression fails or the matrix is none.
 */
export function evaluateStrategy(token: TemplateToken | undefined, scope: Scope): Strategy {
  const evaluated = strategyParts(token, scope);
  const found = evaluated.matrix === undefined ? [] : combinations(evaluated.matrixToken, evaluated.matrix);
  const legs = found.length > 0 ? found : [{ values: null, labels: [] }];
  return {
    failFast: evaluated.failFast,
    maxParallel: evaluated.maxParallel,
    legs: legs.map((leg, index) => ({
      matrix: leg.values,
      labels: leg.labels,
      strategy: {
        "fail-fast": evaluated.failFast,
        "job-index": index,
        "job-total": legs.length,
        "max-parallel": evaluated.maxParallel ?? legs.length,
      },
    })),
  };
}

type StrategyParts = {
  readonly failFast: boolean;
  readonly maxParallel: number | undefined;
} & ({ readonly matrix: undefined } | { readonly matrix: Value; readonly matrixToken: TemplateToken });

function strategyParts(token: TemplateToken | undefined, scope: Scope): StrategyParts {
  if (token === undefined) return { failFast: true, maxParallel: undefined, matrix: undefined };
  if (!(token instanceof MappingToken)) return evaluatedWhole(token, scope);
  const strategy = mapping(token);
  const failFast = property(strategy, "fail-fast");
  const maxParallel = property(strategy, "max-parallel");
  const matrix = property(strategy, "matrix");
  const limits = {
    failFast: failFast === undefined ? true : evaluateBoolean(failFast, scope),
    maxParallel: positive(maxParallel === undefined ? undefined : evaluateNumber(maxParallel, scope)),
  };
  if (matrix === undefined) return { ...limits, matrix: undefined };
  return { ...limits, matrix: evaluate(matrix, scope), matrixToken: matrix };
}

/** `strategy: ${{ fromJSON(...) }}`. */
function evaluatedWhole(token: TemplateToken, scope: Scope): StrategyParts {
  const value = evaluate(token, scope) as ValueRecord | null;
  const { "fail-fast": failFast, "max-parallel": maxParallel, matrix } = value ?? {};
  const limits = {
    failFast: failFast !== false,
    maxParallel: positive(typeof maxParallel === "number" ? maxParallel : undefined),
  };
  if (matrix === undefined) return { ...limits, matrix: undefined };
  return { ...limits, matrix, matrixToken: token };
}

function positive(count: number | undefined): number | undefined {
  return count !== undefined && count >= 1 ? Math.floor(count) : undefined;
}
