import { hash } from "node:crypto";
import type { RestCredential } from "../model/credentials.ts";
import type { GitHubModel } from "../model/github-model.ts";
import { Refusal, type RefusalReason } from "../model/refusal.ts";
import type { Scope } from "../model/scope.ts";
import type { Tenant } from "../model/tenants.ts";
import type { Call } from "./call.ts";
import { budgetOf, budgetPerHour, resourceOf, withBudget } from "./rest-budget.ts";
import { type ApiResponse, json, mapReply, type Reply } from "./exchange.ts";
import type { Surface } from "./router.ts";
import { type Need, permissionHeader } from "./scope-paths.ts";

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
  "runner-group-exists": 409,
  "not-permitted": 403,
  unprocessable: 422,
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
    refuse: (refusal) =>
      restError(
        statuses[refusal.reason] ?? 400,
        refusal.message,
        refusal instanceof NotPermitted ? permissionHeader(refusal.need) : {},
      ),
    around: (call, handle) => mapReply(budgeted(model, call, handle), (response) => withVersions(response, call)),
  };
}

/** The token was given too little for this call. */
class NotPermitted extends Refusal {
  readonly need: Need;

  constructor(need: Need) {
    super("not-permitted", "Resource not accessible by integration");
    this.need = need;
  }
}

function budgeted(model: GitHubModel, call: Call, handle: () => Reply): Reply {
  const credential = credentialIfAny(model, call);
  if (credential === undefined) return handle();
  const resource = resourceOf(call);
  const budget = budgetOf(model, credential, resource);
  if (call.route === "rest.rate-limit") {
    return mapReply(handle(), (response) => withBudget(response, budget, resource, credential));
  }
  if (budget.used >= budgetPerHour[resource]) {
    return withBudget(
      restError(403, "API rate limit exceeded. Wait until the time in the x-ratelimit-reset header."),
      budget,
      resource,
      credential,
    );
  }
  budget.used += 1;
  return mapReply(handle(), (response) => {
    const tagged = withEntityTag(response, call, credential);
    // An answer that says "nothing changed" is free.
    if (tagged.status === 304) budget.used -= 1;
    return withBudget(tagged, budget, resource, credential);
  });
}

/** What every answer says about the interface itself. */
function withVersions(response: ApiResponse, call: Call): ApiResponse {
  return {
    ...response,
    headers: {
      "x-github-media-type": "github.v3; format=json",
      "x-github-api-version-selected": call.header("x-github-api-version") ?? "2022-11-28",
      ...response.headers,
    },
  };
}

/**
 * The scope that a REST call acts on, allowed for whoever asks.
 *
 * Personal and installation tokens come as Bearer, token or Basic. A runner that configures or removes itself has only a
 * registration or removal token (RemoteAuth), or the admin token that it got for one.
 *
 * @param need what an installation token must have been given.
 * @throws {Refusal} "bad-credentials", "scope-not-found", "no-access" or "not-permitted"
 */
export function allowedTenant(model: GitHubModel, call: Call, scope: Scope, need: Need): Tenant {
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
  // A private repository that a token was not made for does not exist for it.
  if (!model.credentials.sees(credential, scope)) throw new Refusal("scope-not-found", "Not Found");
  if (!model.credentials.isPermitted(credential, need)) throw new NotPermitted(need);
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

/** Entity tags are bound to the token, as GitHub's are: a new token asks everything once more. */
function withEntityTag(response: ApiResponse, call: Call, credential: RestCredential): ApiResponse {
  const isRead = call.request.method === "GET" || call.request.method === "HEAD";
  if (!isRead || response.status !== 200) return response;
  const digest = hash("sha256", `${credential.token}\n${response.body}`);
  const tag = `W/"${digest}"`;
  const headers = { ...response.headers, etag: tag, "cache-control": "private, max-age=60, s-maxage=60" };
  const known = call.header("if-none-match");
  if (known !== undefined && known.split(",").some((entry) => entry.trim().replace(/^W\//, "") === `"${digest}"`)) {
    return { status: 304, headers, body: "" };
  }
  return { ...response, headers };
}
