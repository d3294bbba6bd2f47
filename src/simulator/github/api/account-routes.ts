import { Refusal } from "../model/refusal.ts";
import { stableId } from "../model/runs/event-payload.ts";
import { restInstant } from "../model/time-and-chance.ts";
import { accountView, fullRepository, minimalRepository, nodeId, restBase } from "./account-views.ts";
import type { Call } from "./call.ts";
import { json } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import { budgetsOf } from "./rest-budget.ts";
import { allowedTenant, credentialIfAny, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import type { ServiceContext } from "./service-context.ts";

/** Calls an hour for those who do not say who they are. */
const anonymousLimit = 60;

/** Repositories, organizations, and what a caller has left of its hourly budget. */
export function accountRoutes(context: ServiceContext): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  const bornAt = restInstant(model.nowMs()) ?? "";
  const need = { permission: "metadata", access: "read" } as const;
  const route = (name: string, path: string, handle: Route["handle"]): Route => ({
    name,
    method: "GET",
    path,
    surface,
    handle,
  });
  const organizationOf = (call: Call): string => {
    const { scope } = allowedTenant(model, call, { kind: "organization", owner: call.param("owner") }, need);
    return scope.kind === "organization" ? scope.owner : "";
  };

  return [
    route("rest.repository", "/repos/:owner/:repo", (call) => {
      const owner = call.param("owner");
      const name = call.param("repo");
      allowedTenant(model, call, { kind: "repository", owner, repository: name }, need);
      const repository = model.tenants.repository(`${owner}/${name}`);
      if (repository === undefined) throw new Refusal("scope-not-found", "Not Found");
      return json(200, fullRepository(call.origin, repository, bornAt));
    }),
    route("rest.organization", "/orgs/:owner", (call) => {
      const login = organizationOf(call);
      const url = `${restBase(call.origin)}/orgs/${login}`;
      const id = stableId(login);
      return json(200, {
        login,
        id,
        node_id: nodeId("O", id),
        url,
        repos_url: `${url}/repos`,
        events_url: `${url}/events`,
        hooks_url: `${url}/hooks`,
        issues_url: `${url}/issues`,
        members_url: `${url}/members{/member}`,
        public_members_url: `${url}/public_members{/member}`,
        avatar_url: accountView(call.origin, login, "Organization")["avatar_url"],
        description: "",
        html_url: `${call.origin}/${login}`,
        has_organization_projects: false,
        has_repository_projects: false,
        public_repos: 0,
        public_gists: 0,
        followers: 0,
        following: 0,
        type: "Organization",
        created_at: bornAt,
        updated_at: bornAt,
        archived_at: null,
      });
    }),
    route("rest.organization-repositories", "/orgs/:owner/repos", (call) => {
      const owner = organizationOf(call).toLowerCase();
      const credential = credentialIfAny(model, call);
      const visible = [...model.tenants.repositories()].filter(
        (repository) =>
          repository.owner.toLowerCase() === owner &&
          (credential?.repositories?.has(repository.fullName.toLowerCase()) ?? true),
      );
      const { items, headers } = pageOfList(call, visible);
      return json(
        200,
        items.map((repository) => minimalRepository(call.origin, repository)),
        headers,
      );
    }),
    route("rest.rate-limit", "/rate_limit", (call) => {
      const resources = resourcesFor(call);
      return json(200, { resources, rate: resources["core"] });
    }),
  ];

  /** Anybody may ask. @throws {Refusal} "bad-credentials": who says who it is must say it right. */
  function resourcesFor(call: Call): Readonly<Record<string, unknown>> {
    if (call.header("authorization") === undefined) return budgetsOf(model, undefined, anonymousLimit);
    const credential = credentialIfAny(model, call);
    if (credential !== undefined) return budgetsOf(model, credential);
    const assertion = call.credential("Bearer") ?? "";
    if (assertion.split(".").length !== 3) throw new Refusal("bad-credentials", "Bad credentials");
    model.credentials.appOfAssertion(assertion);
    return budgetsOf(model, undefined);
  }
}
