import type { RunnerSpec } from "../model/records.ts";
import { Refusal } from "../model/refusal.ts";
import type { Tenant } from "../model/tenants.ts";
import { type Call, intMember, member, stringMember } from "./call.ts";
import { empty, json, PendingReply, type Reply } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import { allowedTenant, restError, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { runnerDownloads } from "./runner-downloads.ts";
import { runnerGroupRoutes } from "./runner-group-routes.ts";
import { runnerLabelRoutes } from "./runner-label-routes.ts";
import type { RunnerRouteTools } from "./runner-route-tools.ts";
import { restRunner } from "./runner-views.ts";
import { permissionHeader, runnerNeed, scopePaths } from "./scope-paths.ts";
import { pageOf, type ServiceContext } from "./service-context.ts";

/** Runners and runner groups over REST. @see https://docs.github.com/en/rest/actions/self-hosted-runners */
export function runnerRoutes(context: ServiceContext): Route[] {
  return scopePaths.flatMap((paths) => routesOfScope(context, paths));
}

function routesOfScope(
  context: ServiceContext,
  { kind: scopeKind, prefix, scopeOf }: (typeof scopePaths)[number],
): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  const route: RunnerRouteTools["route"] = (name, method, path, handle) => ({
    name,
    method,
    path: `${prefix}/actions/${path}`,
    surface,
    handle,
  });
  const tenantFor: RunnerRouteTools["tenantFor"] = (call, access) => {
    const scope = scopeOf(call);
    return allowedTenant(model, call, scope, runnerNeed(scope, access));
  };
  const wanted: RunnerRouteTools["wanted"] = (call, access) => {
    const tenant = tenantFor(call, access);
    const runner = model.runners.find(Number(call.param("runner")));
    if (runner?.tenant !== tenant) throw new Refusal("runner-not-found", "Not Found");
    return runner;
  };
  const header: RunnerRouteTools["header"] = (call, access) => permissionHeader(runnerNeed(scopeOf(call), access));
  const tools: RunnerRouteTools = { model, scopeKind, route, tenantFor, wanted, header };

  return [
    route("rest.runners.list", "GET", "runners", (call) => {
      const tenant = tenantFor(call, "read");
      const name = call.query.get("name");
      const runners = name === null ? [...model.runners.of(tenant)] : listOf(model.runners.byName(tenant, name));
      const { items, headers } = pageOfList(call, runners);
      return json(
        200,
        { total_count: runners.length, runners: items.map((runner) => restRunner(model, runner)) },
        { ...headers, ...header(call, "read") },
      );
    }),
    route("rest.runners.downloads", "GET", "runners/downloads", (call) => {
      tenantFor(call, "read");
      return json(200, runnerDownloads, header(call, "read"));
    }),
    route("rest.runners.get", "GET", "runners/:runner", (call) =>
      json(200, restRunner(model, wanted(call, "read")), header(call, "read")),
    ),
    route("rest.runners.delete", "DELETE", "runners/:runner", (call) => {
      model.removeRunner(wanted(call, "write"));
      return { ...empty(204), headers: header(call, "write") };
    }),
    route("registration.jit", "POST", "runners/generate-jitconfig", (call) =>
      generateJitConfig(context, call, tenantFor(call, "write"), header(call, "write")),
    ),
    ...runnerLabelRoutes(tools),
    ...runnerGroupRoutes(tools),
  ];
}

function generateJitConfig(
  context: ServiceContext,
  call: Call,
  tenant: Tenant,
  headers: Readonly<Record<string, string>>,
): Reply {
  const { model } = context;
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
    reply.settle(json(201, { runner: restRunner(model, runner), encoded_jit_config: encoded }, headers)),
  );
  return reply;
}

function listOf<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item];
}
