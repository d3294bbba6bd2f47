import type { Runner, RunnerSpec } from "../model/records.ts";
import { Refusal } from "../model/refusal.ts";
import type { Scope } from "../model/scope.ts";
import { type Call, intMember, member, stringMember } from "./call.ts";
import { empty, json, PendingReply, type Reply } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import { allowedTenant, restError, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { restRunner } from "./runner-views.ts";
import { runnerPermission, scopePaths } from "./scope-paths.ts";
import { pageOf, type ServiceContext } from "./service-context.ts";

/** Runners and runner groups over REST. @see https://docs.github.com/en/rest/actions/self-hosted-runners */
export function runnerRoutes(context: ServiceContext): Route[] {
  return scopePaths.flatMap(({ prefix, scopeOf }) => routesOfScope(context, prefix, scopeOf));
}

function routesOfScope(context: ServiceContext, prefix: string, scopeOf: (call: Call) => Scope): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  const route = (name: string, method: Route["method"], path: string, handle: Route["handle"]): Route => ({
    name,
    method,
    path: `${prefix}/actions/${path}`,
    surface,
    handle,
  });
  const wanted = (call: Call): Runner => {
    const tenant = allowedTenant(model, call, scopeOf(call));
    const runner = model.runners.find(Number(call.param("runner")));
    if (runner?.tenant !== tenant) throw new Refusal("runner-not-found", "Not Found");
    return runner;
  };

  return [
    route("rest.runners.list", "GET", "runners", (call) => {
      const scope = scopeOf(call);
      const tenant = allowedTenant(model, call, scope);
      const name = call.query.get("name");
      const runners = name === null ? [...model.runners.of(tenant)] : listOf(model.runners.byName(tenant, name));
      const { items, headers } = pageOfList(call, runners);
      return json(
        200,
        { total_count: runners.length, runners: items.map((runner) => restRunner(model, runner)) },
        { ...headers, ...runnerPermission(scope, "read") },
      );
    }),
    route("rest.runners.get", "GET", "runners/:runner", (call) =>
      json(200, restRunner(model, wanted(call)), runnerPermission(scopeOf(call), "read")),
    ),
    route("rest.runners.delete", "DELETE", "runners/:runner", (call) => {
      model.removeRunner(wanted(call));
      return { ...empty(204), headers: runnerPermission(scopeOf(call), "write") };
    }),
    route("registration.jit", "POST", "runners/generate-jitconfig", (call) =>
      generateJitConfig(context, call, scopeOf(call)),
    ),
    route("rest.groups.list", "GET", "runner-groups", (call) => {
      const tenant = allowedTenant(model, call, scopeOf(call));
      const { items, headers } = pageOfList(call, [...tenant.groups.values()]);
      return json(
        200,
        {
          total_count: tenant.groups.size,
          runner_groups: items.map((group) => ({
            id: group.id,
            name: group.name,
            visibility: "all",
            default: group.id === 1,
            is_hosted: false,
            inherited: false,
            allows_public_repositories: false,
            restricted_to_workflows: false,
            selected_workflows: [],
          })),
        },
        headers,
      );
    }),
  ];
}

function generateJitConfig(context: ServiceContext, call: Call, scope: Scope): Reply {
  const { model } = context;
  const tenant = allowedTenant(model, call, scope);
  const body = call.bodyObject() ?? {};
  const name = stringMember(body, "name");
  const groupId = intMember(body, "runner_group_id");
  const labels = member(body, "labels");
  const isLabelList =
    Array.isArray(labels) &&
    labels.length > 0 &&
    labels.length <= 100 &&
    labels.every((label) => typeof label === "string");
  if (!name || groupId === undefined || !isLabelList) {
    return restError(422, "Invalid request: name, runner_group_id and 1 to 100 labels are required.");
  }
  if (!tenant.groups.has(groupId)) return restError(422, `There is no runner group ${groupId}.`);
  const spec: RunnerSpec = {
    name,
    labels: labels as string[],
    groupId,
    ephemeral: true,
    disableUpdate: true,
    version: "",
    os: "unknown",
    workFolder: stringMember(body, "work_folder") || "_work",
  };
  const runner = model.registerRunner(tenant, spec);
  const reply = new PendingReply();
  const wire = { origin: call.origin, gitHubUrl: pageOf(tenant.scope, call.origin) };
  context.jitConfigs.issue(runner, wire, (encoded) =>
    reply.settle(
      json(201, { runner: restRunner(model, runner), encoded_jit_config: encoded }, runnerPermission(scope, "write")),
    ),
  );
  return reply;
}

function listOf<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item];
}
