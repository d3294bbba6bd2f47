import type { Runner } from "../model/records.ts";
import { Refusal } from "../model/refusal.ts";
import type { Scope } from "../model/scope.ts";
import { newGroup, type RunnerGroup, type Tenant } from "../model/tenants.ts";
import { minimalRepository, restBase } from "./account-views.ts";
import { type Call, member, stringMember } from "./call.ts";
import { empty, json } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import { restError } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { restRunner } from "./runner-views.ts";
import type { RunnerRouteTools } from "./runner-route-tools.ts";

/**
 * Groups of runners. A repository has the default one only, and can just list it.
 *
 * @see https://docs.github.com/en/rest/actions/self-hosted-runner-groups
 */
export function runnerGroupRoutes(tools: RunnerRouteTools): Route[] {
  const { model, route, tenantFor, header, scopeKind } = tools;
  const groups = "runner-groups";
  const list = route("rest.groups.list", "GET", groups, (call) => {
    const tenant = tenantFor(call, "read");
    const visibleTo = call.query.get("visible_to_repository");
    const shown = [...tenant.groups.values()].filter(
      (group) => visibleTo === null || model.tenants.groupServes(tenant, group.id, fullName(tenant.scope, visibleTo)),
    );
    const { items, headers } = pageOfList(call, shown);
    return json(
      200,
      { total_count: shown.length, runner_groups: items.map((group) => groupView(group, tenant.scope, call)) },
      { ...headers, ...header(call, "read") },
    );
  });
  if (scopeKind === "repository") return [list];

  const wantedGroup = (
    call: Call,
    access: "read" | "write",
  ): { readonly tenant: Tenant; readonly group: RunnerGroup } => {
    const tenant = tenantFor(call, access);
    const group = tenant.groups.get(Number(call.param("group")));
    if (group === undefined) throw new Refusal("scope-not-found", "Not Found");
    return { tenant, group };
  };
  const runnerIn = (tenant: Tenant, id: number): Runner => {
    const runner = model.runners.find(id);
    if (runner?.tenant !== tenant) throw new Refusal("runner-not-found", "Not Found");
    return runner;
  };
  /** Repositories of the tenant by number. @throws {Refusal} "unprocessable": one is not there. */
  const repositoryIds = (tenant: Tenant, ids: readonly number[]): ReadonlySet<number> => {
    for (const id of ids) {
      const repository = model.tenants.repositoryById(id);
      if (repository === undefined || !model.tenants.covers(tenant, repository.fullName)) {
        throw new Refusal("unprocessable", `There is no repository ${id} here.`);
      }
    }
    return new Set(ids);
  };
  /** What a request makes of a group. @throws {Refusal} "unprocessable" */
  const wished = (call: Call, tenant: Tenant, before: RunnerGroup): RunnerGroup => {
    const body = call.bodyObject() ?? {};
    if (member(body, "restricted_to_workflows") === true) {
      throw new Refusal("unprocessable", "The simulator does not restrict runner groups to workflows.");
    }
    const visibility = visibilityOf(stringMember(body, "visibility")) ?? before.visibility;
    if (visibility === "selected" && scopeKind === "enterprise") {
      throw new Refusal("unprocessable", "The simulator does not restrict runner groups to organizations.");
    }
    const ids = intsOf(member(body, "selected_repository_ids"));
    const isPublicAllowed = member(body, "allows_public_repositories");
    return {
      id: before.id,
      name: stringMember(body, "name") || before.name,
      visibility,
      repositoryIds: ids === undefined ? before.repositoryIds : repositoryIds(tenant, ids),
      allowsPublicRepositories:
        typeof isPublicAllowed === "boolean" ? isPublicAllowed : before.allowsPublicRepositories,
    };
  };
  const put = (path: string, change: (call: Call, tenant: Tenant, group: RunnerGroup) => void): Route =>
    route("rest.groups.change-members", "PUT", `${groups}/:group/${path}`, (call) => {
      const { tenant, group } = wantedGroup(call, "write");
      change(call, tenant, group);
      return { ...empty(204), headers: header(call, "write") };
    });
  const drop = (path: string, change: (call: Call, tenant: Tenant, group: RunnerGroup) => void): Route => ({
    ...put(path, change),
    method: "DELETE",
  });
  const setRepositories = (tenant: Tenant, group: RunnerGroup, ids: readonly number[]): void => {
    if (group.visibility !== "selected") {
      throw new Refusal("unprocessable", `The runner group ${group.name} is not limited to selected repositories.`);
    }
    model.putRunnerGroup(tenant, { ...group, repositoryIds: repositoryIds(tenant, ids) });
  };

  return [
    list,
    route("rest.groups.get", "GET", `${groups}/:group`, (call) => {
      const { tenant, group } = wantedGroup(call, "read");
      return json(200, groupView(group, tenant.scope, call), header(call, "read"));
    }),
    route("rest.groups.create", "POST", groups, (call) => {
      const tenant = tenantFor(call, "write");
      const body = call.bodyObject() ?? {};
      if (!stringMember(body, "name")) return restError(422, "Invalid request: name is required.");
      const runners = (intsOf(member(body, "runners")) ?? []).map((id) => runnerIn(tenant, id));
      const group = { ...wished(call, tenant, newGroup(0, "")), id: model.tenants.nextGroupId() };
      model.putRunnerGroup(tenant, group);
      for (const runner of runners) model.changeRunner(runner, { groupId: group.id });
      return json(201, groupView(group, tenant.scope, call), header(call, "write"));
    }),
    route("rest.groups.update", "PATCH", `${groups}/:group`, (call) => {
      const { tenant, group } = wantedGroup(call, "write");
      const changed = wished(call, tenant, group);
      model.putRunnerGroup(tenant, changed);
      return json(200, groupView(changed, tenant.scope, call), header(call, "write"));
    }),
    route("rest.groups.delete", "DELETE", `${groups}/:group`, (call) => {
      const { tenant, group } = wantedGroup(call, "write");
      if (group.id === 1) return restError(422, "The default runner group cannot be deleted.");
      model.removeRunnerGroup(tenant, group);
      return { ...empty(204), headers: header(call, "write") };
    }),
    route("rest.groups.runners", "GET", `${groups}/:group/runners`, (call) => {
      const { tenant, group } = wantedGroup(call, "read");
      const runners = [...model.runners.of(tenant)].filter((runner) => runner.spec.groupId === group.id);
      const { items, headers } = pageOfList(call, runners);
      return json(
        200,
        { total_count: runners.length, runners: items.map((runner) => restRunner(model, runner)) },
        { ...headers, ...header(call, "read") },
      );
    }),
    put("runners", (call, tenant, group) => {
      const ids = intsOf(member(call.bodyObject() ?? {}, "runners"));
      if (ids === undefined) throw new Refusal("unprocessable", "Invalid request: runners is required.");
      const chosen = ids.map((id) => runnerIn(tenant, id));
      for (const runner of model.runners.of(tenant)) {
        if (runner.spec.groupId === group.id) model.changeRunner(runner, { groupId: 1 });
      }
      for (const runner of chosen) model.changeRunner(runner, { groupId: group.id });
    }),
    put("runners/:runner", (call, tenant, group) =>
      model.changeRunner(runnerIn(tenant, Number(call.param("runner"))), { groupId: group.id }),
    ),
    // Out of its group a runner is in the default one.
    drop("runners/:runner", (call, tenant, group) => {
      const runner = runnerIn(tenant, Number(call.param("runner")));
      if (runner.spec.groupId !== group.id) throw new Refusal("runner-not-found", "Not Found");
      model.changeRunner(runner, { groupId: 1 });
    }),
    ...(scopeKind === "enterprise"
      ? []
      : [
          route("rest.groups.repositories", "GET", `${groups}/:group/repositories`, (call) => {
            const { group } = wantedGroup(call, "read");
            const found = [...group.repositoryIds].map((id) => model.tenants.repositoryById(id));
            const repositories = found.filter((repository) => repository !== undefined);
            const { items, headers } = pageOfList(call, repositories);
            return json(
              200,
              {
                total_count: repositories.length,
                repositories: items.map((repository) => minimalRepository(call.origin, repository)),
              },
              { ...headers, ...header(call, "read") },
            );
          }),
          put("repositories", (call, tenant, group) =>
            setRepositories(tenant, group, intsOf(member(call.bodyObject() ?? {}, "selected_repository_ids")) ?? []),
          ),
          put("repositories/:repository", (call, tenant, group) =>
            setRepositories(tenant, group, [...group.repositoryIds, Number(call.param("repository"))]),
          ),
          drop("repositories/:repository", (call, tenant, group) =>
            setRepositories(
              tenant,
              group,
              [...group.repositoryIds].filter((id) => id !== Number(call.param("repository"))),
            ),
          ),
        ]),
  ];
}

function groupView(group: RunnerGroup, scope: Scope, call: Call): Readonly<Record<string, unknown>> {
  const url = `${restBase(call.origin)}/${scope.kind === "enterprise" ? `enterprises/${scope.enterprise}` : `orgs/${scope.owner}`}/actions/runner-groups/${group.id}`;
  return {
    id: group.id,
    name: group.name,
    visibility: group.visibility,
    default: group.id === 1,
    is_hosted: false,
    inherited: false,
    ...(group.visibility === "selected" ? { selected_repositories_url: `${url}/repositories` } : {}),
    runners_url: `${url}/runners`,
    hosted_runners_url: `${url}/hosted-runners`,
    allows_public_repositories: group.allowsPublicRepositories,
    restricted_to_workflows: false,
    selected_workflows: [],
    workflow_restrictions_read_only: false,
  };
}

/** @throws {Refusal} "unprocessable": a word that is none of GitHub's. */
function visibilityOf(word: string | undefined): RunnerGroup["visibility"] | undefined {
  if (word === undefined || word === "all" || word === "private" || word === "selected") return word;
  throw new Refusal("unprocessable", "Invalid request: visibility must be selected, all or private.");
}

function fullName(scope: Scope, repository: string): string {
  return repository.includes("/") || scope.kind === "enterprise" ? repository : `${scope.owner}/${repository}`;
}

function intsOf(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry)) ? (value as number[]) : undefined;
}
