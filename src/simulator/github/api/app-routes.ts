import { type App, type Installation, installationPermissions, type Permissions } from "../model/credentials.ts";
import { Refusal } from "../model/refusal.ts";
import { stableId } from "../model/runs/event-payload.ts";
import type { Repository } from "../model/tenants.ts";
import { restInstant } from "../model/time-and-chance.ts";
import { accountView, fullRepository, nodeId, restBase } from "./account-views.ts";
import { type Call, member } from "./call.ts";
import { empty, json } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import { credentialIfAny, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import type { ServiceContext } from "./service-context.ts";

/** Names and numbers in one request for a token. */
const repositoriesMax = 500;

/**
 * What an App does as itself, and how it gets tokens for where it is installed.
 *
 * @see https://docs.github.com/en/rest/apps
 */
export function appRoutes(context: ServiceContext): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  // The simulator's Apps are as old as the simulator.
  const bornAt = restInstant(model.nowMs()) ?? "";
  const appOf = (call: Call) => model.credentials.appOfAssertion(call.credential("Bearer") ?? "");
  const route = (name: string, method: Route["method"], path: string, handle: Route["handle"]): Route => ({
    name,
    method,
    path,
    surface,
    handle,
  });
  const ofAccount = (call: Call): Installation => {
    const account = call.param("owner").toLowerCase();
    const found = model.credentials.installations(appOf(call)).find((entry) => entry.account.toLowerCase() === account);
    if (found === undefined) throw new Refusal("scope-not-found", "Not Found");
    return found;
  };
  const repositoriesOf = (account: string): Repository[] =>
    [...model.tenants.repositories()].filter(({ owner }) => owner.toLowerCase() === account.toLowerCase());
  const tokenCredential = (call: Call) => {
    const credential = credentialIfAny(model, call);
    if (credential === undefined) throw new Refusal("bad-credentials", "Bad credentials");
    return credential;
  };

  return [
    route("app.get", "GET", "/app", (call) => json(200, appView(appOf(call), call.origin, bornAt))),
    route("app.installations", "GET", "/app/installations", (call) => {
      const { items, headers } = pageOfList(call, model.credentials.installations(appOf(call)));
      return json(
        200,
        items.map((installation) => installationView(installation, call.origin, bornAt)),
        headers,
      );
    }),
    route("app.installation", "GET", "/app/installations/:installation", (call) => {
      const found = model.credentials.installation(appOf(call), Number(call.param("installation")));
      return json(200, installationView(found, call.origin, bornAt));
    }),
    // How an App finds where it is installed.
    ...["/orgs/:owner", "/users/:owner"].map((prefix) =>
      route("app.installation-of-scope", "GET", `${prefix}/installation`, (call) =>
        json(200, installationView(ofAccount(call), call.origin, bornAt)),
      ),
    ),
    route("app.installation-of-scope", "GET", "/repos/:owner/:repo/installation", (call) => {
      const found = ofAccount(call);
      if (model.tenants.repository(`${call.param("owner")}/${call.param("repo")}`) === undefined) {
        throw new Refusal("scope-not-found", "Not Found");
      }
      return json(200, installationView(found, call.origin, bornAt));
    }),
    route("app.installation-token", "POST", "/app/installations/:installation/access_tokens", (call) => {
      const installation = model.credentials.installation(appOf(call), Number(call.param("installation")));
      const chosen = chosenRepositories(call, repositoriesOf(installation.account));
      const permissions = narrowedPermissions(member(call.bodyObject() ?? {}, "permissions"));
      const { token, expiresAtMs } = model.credentials.mintInstallationToken(installation, {
        repositories: chosen && new Set(chosen.map(({ fullName }) => fullName.toLowerCase())),
        permissions,
      });
      return json(201, {
        token,
        expires_at: restInstant(expiresAtMs),
        permissions,
        repository_selection: chosen === undefined ? "all" : "selected",
        ...(chosen === undefined
          ? {}
          : { repositories: chosen.map((repository) => fullRepository(call.origin, repository, bornAt)) }),
      });
    }),
    route("app.repositories", "GET", "/installation/repositories", (call) => {
      const credential = tokenCredential(call);
      if (credential.owner === undefined) {
        throw new Refusal("no-access", "You must authenticate with an installation access token in order to list.");
      }
      const visible = repositoriesOf(credential.owner).filter(
        ({ fullName }) => credential.repositories?.has(fullName.toLowerCase()) ?? true,
      );
      const { items, headers } = pageOfList(call, visible);
      return json(
        200,
        {
          total_count: visible.length,
          repository_selection: credential.repositories === undefined ? "all" : "selected",
          repositories: items.map((repository) => fullRepository(call.origin, repository, bornAt)),
        },
        headers,
      );
    }),
    route("app.revoke-token", "DELETE", "/installation/token", (call) => {
      model.credentials.revoke(tokenCredential(call));
      return empty(204);
    }),
  ];
}

/**
 * The repositories that a token is asked for; undefined for all of them.
 *
 * @throws {Refusal} "unprocessable": the App is not installed on one of them.
 */
function chosenRepositories(call: Call, installedOn: readonly Repository[]): readonly Repository[] | undefined {
  const body = call.bodyObject() ?? {};
  const names = member(body, "repositories");
  const ids = member(body, "repository_ids");
  if (names === undefined && ids === undefined) return undefined;
  const wanted = [...(Array.isArray(names) ? names : []), ...(Array.isArray(ids) ? ids : [])] as unknown[];
  const found = wanted.map((wish) =>
    installedOn.find(({ name, id }) =>
      typeof wish === "string" ? name.toLowerCase() === wish.toLowerCase() : id === wish,
    ),
  );
  if (wanted.length > repositoriesMax || found.includes(undefined)) {
    throw new Refusal(
      "unprocessable",
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  return found.filter((repository) => repository !== undefined);
}

/**
 * What a token may do: what it is asked for, never more than the App was given.
 *
 * @throws {Refusal} "unprocessable"
 */
function narrowedPermissions(wish: unknown): Permissions {
  if (typeof wish !== "object" || wish === null) return installationPermissions;
  const narrowed: Record<string, string> = {};
  for (const [permission, access] of Object.entries(wish as Record<string, unknown>)) {
    const granted = installationPermissions[permission];
    if (granted === undefined || !(access === "read" || (access === "write" && granted === "write"))) {
      throw new Refusal("unprocessable", "The permissions requested are not granted to this installation.");
    }
    narrowed[permission] = access;
  }
  // Everybody who has a token may read what a repository is.
  return { metadata: "read", ...narrowed };
}

function appView(app: App, origin: string, bornAt: string): Readonly<Record<string, unknown>> {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId("A", app.id),
    owner: accountView(origin, app.slug, "Organization"),
    name: app.slug,
    description: null,
    external_url: origin,
    html_url: `${origin}/apps/${app.slug}`,
    created_at: bornAt,
    updated_at: bornAt,
    permissions: installationPermissions,
    events: ["workflow_job"],
  };
}

function installationView(
  { id, app, account }: Installation,
  origin: string,
  bornAt: string,
): Readonly<Record<string, unknown>> {
  return {
    id,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    account: accountView(origin, account, "Organization"),
    target_id: stableId(account),
    target_type: "Organization",
    repository_selection: "all",
    access_tokens_url: `${restBase(origin)}/app/installations/${id}/access_tokens`,
    repositories_url: `${restBase(origin)}/installation/repositories`,
    html_url: `${origin}/organizations/${account}/settings/installations/${id}`,
    permissions: installationPermissions,
    events: ["workflow_job"],
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    created_at: bornAt,
    updated_at: bornAt,
    suspended_at: null,
    suspended_by: null,
  };
}
