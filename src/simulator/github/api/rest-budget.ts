import type { RestCredential } from "../model/credentials.ts";
import type { GitHubModel } from "../model/github-model.ts";
import type { Call } from "./call.ts";
import type { ApiResponse } from "./exchange.ts";

/** Calls an hour. */
export const budgetPerHour = { core: 5000, actions_runner_registration: 10_000 } as const;
export type Resource = keyof typeof budgetPerHour;

/** What is left to a credential of one resource. */
export interface Budget {
  used: number;
  resetAtMs: number;
}

const personalTokenScopes = "admin:enterprise, admin:org, repo, workflow";

/** Budgets that `GET /rate_limit` shows too, although nothing here spends them: calls an hour (search and code search: a minute). */
const unspentBudgets = {
  search: 30,
  code_search: 10,
  graphql: 5000,
  integration_manifest: 5000,
  scim: 15_000,
} as const;

/**
 * The hourly budgets of a credential, as `GET /rate_limit` shows them; asking costs nothing.
 *
 * @param credential undefined for those who have none of their own: an App with its assertion, or nobody at all.
 * @param coreLimit calls an hour for everything without a budget of its own.
 */
export function budgetsOf(
  model: GitHubModel,
  credential: RestCredential | undefined,
  coreLimit: number = budgetPerHour.core,
): Readonly<Record<string, unknown>> {
  const untouched = Math.floor(model.nowMs() / 1000) + 3600;
  const spent = (Object.keys(budgetPerHour) as Resource[]).map((resource) => {
    const limit = resource === "core" ? coreLimit : budgetPerHour[resource];
    if (credential === undefined) return [resource, { limit, used: 0, remaining: limit, reset: untouched }];
    const { used, resetAtMs } = budgetOf(model, credential, resource);
    return [resource, { limit, used, remaining: Math.max(0, limit - used), reset: Math.floor(resetAtMs / 1000) }];
  });
  const unspent = Object.entries(unspentBudgets).map(([resource, limit]) => [
    resource,
    { limit, used: 0, remaining: limit, reset: untouched },
  ]);
  return Object.fromEntries([...spent, ...unspent]) as Record<string, unknown>;
}

/** Registration has a budget of its own, so that a storm of new runners does not starve the rest. */
export function resourceOf(call: Call): Resource {
  return call.route.startsWith("registration.") ? "actions_runner_registration" : "core";
}

export function budgetOf(model: GitHubModel, credential: RestCredential, resource: Resource): Budget {
  const nowMs = model.nowMs();
  let budget = credential.budgets.get(resource);
  if (budget === undefined || budget.resetAtMs <= nowMs) {
    budget = { used: 0, resetAtMs: nowMs + 3_600_000 };
    credential.budgets.set(resource, budget);
  }
  return budget;
}

export function withBudget(
  response: ApiResponse,
  budget: Readonly<Budget>,
  resource: Resource,
  credential: RestCredential,
): ApiResponse {
  const limit = budgetPerHour[resource];
  return {
    ...response,
    headers: {
      // A personal token of the classic kind says what it may do.
      ...(credential.kind === "personal" ? { "x-oauth-scopes": personalTokenScopes } : {}),
      ...response.headers,
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - budget.used)),
      "x-ratelimit-used": String(budget.used),
      "x-ratelimit-reset": String(Math.floor(budget.resetAtMs / 1000)),
      "x-ratelimit-resource": resource,
    },
  };
}
