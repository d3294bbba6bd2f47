import { hash } from "node:crypto";
import type { RestCredential } from "../model/credentials.ts";
import type { GitHubModel } from "../model/github-model.ts";
import { Refusal, type RefusalReason } from "../model/refusal.ts";
import type { Scope } from "../model/scope.ts";
import type { Tenant } from "../model/tenants.ts";
import type { Call } from "./call.ts";
import { type ApiResponse, json, mapReply } from "./exchange.ts";
import type { Surface } from "./router.ts";

const budgetPerHour = { core: 5000, actions_runner_registration: 10_000 } as const;
type Resource = keyof typeof budgetPerHour;

const statuses: Readonly<Partial<Record<RefusalReason, number>>> = {
  "bad-credentials": 401,
  "bad-registration-token": 401,
  "bad-admin-token": 401,
  "no-access": 403,
  "registration-scope-differs": 403,
  "scope-not-found": 404,
  "runner-not-found": 404,
  "job-not-found": 404,
  "run-not-found": 404,
  "runner-busy": 422,
  "runner-exists": 409,
  "runner-group-not-found": 422,
  "run-state-differs": 409,
};

/** GitHub's shape of a REST error. */
export function restError(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return json(
    status,
    { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
    status === 401 ? { "www-authenticate": "Bearer", ...headers } : headers,
  );
}

/** How the REST interface answers: errors, hourly budgets, entity tags. */
export function restSurface(model: GitHubModel): Surface {
  return {
    refuse: (refusal) => restError(statuses[refusal.reason] ?? 400, refusal.message),
    around: (call, handle) => {
      const credential = credentialIfAny(model, call);
      if (credential === undefined) return handle();
      const resource = resourceOf(call);
      const budget = budgetOf(model, credential, resource);
      if (call.route === "rest.rate-limit") return handle();
      if (budget.used >= budgetPerHour[resource]) {
        return withBudget(
          restError(403, "API rate limit exceeded. Wait until the time in the x-ratelimit-reset header."),
          budget,
          resource,
        );
      }
      budget.used += 1;
      return mapReply(handle(), (response) => {
        const tagged = withEntityTag(response, call, credential);
        // An answer that says "nothing changed" is free.
        if (tagged.status === 304) budget.used -= 1;
        return withBudget(tagged, budget, resource);
      });
    },
  };
}

/**
 * The scope that a REST call acts on, allowed for whoever asks.
 *
 * Personal and installation tokens come as Bearer, token or Basic. A runner that configures or removes itself has only a
 * registration or removal token (RemoteAuth), or the admin token that it got for one.
 *
 * @throws {Refusal} "bad-credentials", "scope-not-found" or "no-access"
 */
export function allowedTenant(model: GitHubModel, call: Call, scope: Scope): Tenant {
  const remote = call.credential("RemoteAuth");
  if (remote !== undefined) {
    const { tenant } = model.tokens.registration(remote);
    if (tenant !== model.tenants.at(scope)) throw new Refusal("no-access", "Resource not accessible by this token");
    return tenant;
  }
  const credential = credentialIfAny(model, call);
  if (credential === undefined) {
    const { tenant } = adminOrBadCredentials(model, call);
    if (tenant !== model.tenants.at(scope)) throw new Refusal("no-access", "Resource not accessible by this token");
    return tenant;
  }
  const tenant = model.tenants.at(scope);
  if (!model.credentials.mayUse(credential, scope)) {
    throw new Refusal("no-access", "Resource not accessible by this credential");
  }
  return tenant;
}

function adminOrBadCredentials(model: GitHubModel, call: Call): { readonly tenant: Tenant } {
  try {
    return model.tokens.admin(call.credential("Bearer") ?? "");
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal("bad-credentials", "Bad credentials");
    throw error;
  }
}

/** The personal or installation token behind a call; undefined when it carries none, or a dead one. */
export function credentialIfAny(model: GitHubModel, call: Call): RestCredential | undefined {
  const token = call.credential("Bearer") ?? call.credential("token") ?? basicPassword(call);
  if (token === undefined) return undefined;
  try {
    return model.credentials.restCredential(token);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function basicPassword(call: Call): string | undefined {
  const encoded = call.credential("Basic");
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}

/** The hourly budgets of a credential, as `GET /rate_limit` shows them; asking costs nothing. */
export function budgetsOf(model: GitHubModel, credential: RestCredential): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (Object.keys(budgetPerHour) as Resource[]).map((resource) => {
      const { used, resetAtMs } = budgetOf(model, credential, resource);
      const limit = budgetPerHour[resource];
      return [resource, { limit, used, remaining: Math.max(0, limit - used), reset: Math.floor(resetAtMs / 1000) }];
    }),
  );
}

/** Registration has a budget of its own, so that a storm of new runners does not starve the rest. */
function resourceOf(call: Call): Resource {
  return call.route.startsWith("registration.") ? "actions_runner_registration" : "core";
}

function budgetOf(
  model: GitHubModel,
  credential: RestCredential,
  resource: Resource,
): { used: number; resetAtMs: number } {
  const nowMs = model.nowMs();
  let budget = credential.budgets.get(resource);
  if (budget === undefined || budget.resetAtMs <= nowMs) {
    budget = { used: 0, resetAtMs: nowMs + 3_600_000 };
    credential.budgets.set(resource, budget);
  }
  return budget;
}

function withBudget(
  response: ApiResponse,
  budget: { readonly used: number; readonly resetAtMs: number },
  resource: Resource,
): ApiResponse {
  const limit = budgetPerHour[resource];
  return {
    ...response,
    headers: {
      ...response.headers,
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - budget.used)),
      "x-ratelimit-used": String(budget.used),
      "x-ratelimit-reset": String(Math.floor(budget.resetAtMs / 1000)),
      "x-ratelimit-resource": resource,
    },
  };
}

/** Entity tags are bound to the token, as GitHub's are: a new token asks everything once more. */
function withEntityTag(response: ApiResponse, call: Call, credential: RestCredential): ApiResponse {
  if (call.request.method !== "GET" || response.status !== 200) return response;
  const digest = hash("sha256", `${credential.token}\n${response.body}`);
  const tag = `W/"${digest}"`;
  const headers = { ...response.headers, etag: tag, "cache-control": "private, max-age=60, s-maxage=60" };
  const known = call.header("if-none-match");
  if (known !== undefined && known.split(",").some((entry) => entry.trim().replace(/^W\//, "") === `"${digest}"`)) {
    return { status: 304, headers, body: "" };
  }
  return { ...response, headers };
}
