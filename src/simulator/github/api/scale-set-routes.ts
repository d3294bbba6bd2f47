import type { RunnerSpec, ScaleSet } from "../model/records.ts";
import { Refusal } from "../model/refusal.ts";
import type { ScaleSetWish } from "../model/scale-sets.ts";
import { type Call, intMember, member, stringMember } from "./call.ts";
import { empty, PendingReply, type Reply } from "./exchange.ts";
import type { Route } from "./router.ts";
import { runnerReference, scaleSetView, sessionView } from "./scale-set-views.ts";
import { pageOf, type ServiceContext, tenantOfAdmin } from "./service-context.ts";
import { badRequest, serviceAnswer, serviceList, serviceSurface } from "./service-surface.ts";

const scaleSets = "/_apis/runtime/runnerscalesets";
const agents = "/_apis/distributedtask/pools/:pool/agents";

/** Scale sets, runner groups, runners and sessions. @see scale set wire specification, sections 4 and 5 */
export function scaleSetRoutes(context: ServiceContext): Route[] {
  const { model } = context;
  const surface = serviceSurface(model);
  const wanted = (call: Call): ScaleSet => {
    const tenant = tenantOfAdmin(context, call);
    return model.scaleSets.get(Number(call.param("id")), tenant);
  };
  const route = (name: string, method: Route["method"], path: string, handle: Route["handle"]): Route => ({
    name,
    method,
    path,
    surface,
    handle,
  });

  return [
    route("group.find", "GET", "/_apis/runtime/runnergroups", (call) => {
      const tenant = tenantOfAdmin(context, call);
      const name = call.query.get("groupName")?.toLowerCase();
      const groups = [...tenant.groups.values()].filter(
        (group) => name === undefined || group.name.toLowerCase() === name,
      );
      return serviceList(
        groups.map((group) => ({ id: group.id, name: group.name, size: 0, isDefaultGroup: group.id === 1 })),
      );
    }),

    route("scale-set.find", "GET", scaleSets, (call) => {
      const tenant = tenantOfAdmin(context, call);
      const groupId = call.query.get("runnerGroupId");
      const found = model.scaleSets.find(tenant, {
        name: call.query.get("name") ?? undefined,
        groupId: groupId === null ? undefined : Number(groupId),
      });
      return serviceList(found.map((scaleSet) => scaleSetView(context, scaleSet, call.origin)));
    }),
    route("scale-set.create", "POST", scaleSets, (call) => {
      const tenant = tenantOfAdmin(context, call);
      const wish = wishOf(call);
      if (wish === undefined) return badRequest("The request body is no runner scale set.");
      return serviceAnswer(scaleSetView(context, model.createScaleSet(tenant, wish), call.origin));
    }),
    route("scale-set.get", "GET", `${scaleSets}/:id`, (call) =>
      serviceAnswer(scaleSetView(context, wanted(call), call.origin)),
    ),
    route("scale-set.update", "PATCH", `${scaleSets}/:id`, (call) => {
      const scaleSet = wanted(call);
      const wish = wishOf(call);
      if (wish === undefined) return badRequest("The request body is no runner scale set.");
      model.updateScaleSet(scaleSet, wish);
      return serviceAnswer(scaleSetView(context, scaleSet, call.origin));
    }),
    route("scale-set.delete", "DELETE", `${scaleSets}/:id`, (call) => {
      model.deleteScaleSet(wanted(call));
      return empty(204);
    }),

    route("jit.generate", "POST", `${scaleSets}/:id/generatejitconfig`, (call) =>
      generateJitConfig(context, call, wanted(call)),
    ),
    route("runner.get", "GET", `${agents}/:runner`, (call) => {
      const tenant = tenantOfAdmin(context, call);
      const runner = model.runners.find(Number(call.param("runner")));
      if (runner?.tenant !== tenant) {
        return surface.refuse(runnerNotFound(call.param("runner")), call);
      }
      return serviceAnswer(runnerReference(context, runner));
    }),
    route("runner.find", "GET", agents, (call) => {
      const tenant = tenantOfAdmin(context, call);
      const name = call.query.get("agentName");
      if (name === null)
        return serviceList([...model.runners.of(tenant)].map((runner) => runnerReference(context, runner)));
      const runner = model.runners.byName(tenant, name);
      return serviceList(runner === undefined ? [] : [runnerReference(context, runner)]);
    }),
    route("runner.remove", "DELETE", `${agents}/:runner`, (call) => {
      const tenant = tenantOfAdmin(context, call);
      const runner = model.runners.find(Number(call.param("runner")));
      if (runner !== undefined && runner.tenant === tenant) model.removeRunner(runner);
      else if (model.kernel.behaviour.removeUnknownRunnerRefused) {
        return surface.refuse(runnerNotFound(call.param("runner")), call);
      }
      return empty(204);
    }),

    route("session.create", "POST", `${scaleSets}/:id/sessions`, (call) => {
      const scaleSet = wanted(call);
      const ownerName = stringMember(call.bodyObject() ?? {}, "ownerName") ?? "";
      const { session, token } = model.createSession(scaleSet, ownerName, call.origin);
      return serviceAnswer(sessionView(context, session, token.token, call.origin));
    }),
    route("session.refresh", "PATCH", `${scaleSets}/:id/sessions/:session`, (call) => {
      const { session, token } = model.refreshSession(wanted(call), call.param("session"));
      return serviceAnswer(sessionView(context, session, token.token, call.origin));
    }),
    route("session.delete", "DELETE", `${scaleSets}/:id/sessions/:session`, (call) => {
      model.deleteSession(wanted(call), call.param("session"));
      return empty(204);
    }),
  ];
}

function runnerNotFound(id: string): Refusal {
  return new Refusal("runner-not-found", `No runner found with identifier ${id}.`);
}

function generateJitConfig(context: ServiceContext, call: Call, scaleSet: ScaleSet): Reply {
  const body = call.bodyObject();
  const name = body === undefined ? undefined : stringMember(body, "name");
  if (body === undefined || name === undefined || name === "") return badRequest("A runner needs a name.");
  const spec: RunnerSpec = {
    name,
    labels: scaleSet.labels.map((label) => label.name),
    groupId: scaleSet.groupId,
    ephemeral: true,
    disableUpdate: scaleSet.disableUpdate,
    version: "",
    os: "unknown",
    workFolder: stringMember(body, "workFolder") || "_work",
  };
  const runner = context.model.registerRunner(scaleSet.tenant, spec, scaleSet);
  const reply = new PendingReply();
  const gitHubUrl = pageOf(scaleSet.tenant.scope, call.origin);
  context.jitConfigs.issue(runner, { origin: call.origin, gitHubUrl }, (encodedJITConfig) =>
    reply.settle(serviceAnswer({ runner: runnerReference(context, runner), encodedJITConfig })),
  );
  return reply;
}

/** What the body asks for; members that say nothing are left out. */
function wishOf(call: Call): ScaleSetWish | undefined {
  const body = call.bodyObject();
  if (body === undefined) return undefined;
  const setting = member(body, "runnerSetting");
  const disableUpdate =
    typeof setting === "object" && setting !== null
      ? member(setting as Record<string, unknown>, "disableUpdate")
      : undefined;
  return {
    name: stringMember(body, "name"),
    groupId: intMember(body, "runnerGroupId"),
    labels: labelsOf(member(body, "labels")),
    disableUpdate: typeof disableUpdate === "boolean" ? disableUpdate : undefined,
  };
}

function labelsOf(value: unknown): { readonly type: string; readonly name: string }[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const labels: { type: string; name: string }[] = [];
  for (const entry of value as unknown[]) {
    if (typeof entry !== "object" || entry === null) continue;
    const label = entry as Record<string, unknown>;
    const name = stringMember(label, "name");
    if (name !== undefined && name !== "") labels.push({ type: stringMember(label, "type") || "System", name });
  }
  return labels;
}
