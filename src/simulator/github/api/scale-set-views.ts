import type { Runner, ScaleSet, Session } from "../model/records.ts";
import { instantText } from "../model/time-and-chance.ts";
import { type ServiceContext, serviceUrl } from "./service-context.ts";
import { isShownBusy } from "./runner-views.ts";

/** A scale set as the service writes it. @see scale set wire specification, section 4.1 */
export function scaleSetView(
  context: ServiceContext,
  scaleSet: ScaleSet,
  origin: string,
): Readonly<Record<string, unknown>> {
  const service = serviceUrl(context, scaleSet.tenant, origin).replace(/\/$/, "");
  const base = `${service}/_apis/runtime/runnerscalesets/${scaleSet.id}`;
  const hasSession = scaleSet.session !== undefined;
  return {
    id: scaleSet.id,
    name: scaleSet.name,
    runnerGroupId: scaleSet.groupId,
    runnerGroupName: scaleSet.tenant.groups.get(scaleSet.groupId)?.name ?? "",
    labels: scaleSet.labels,
    runnerSetting: {
      id: scaleSet.id,
      name: scaleSet.name,
      status: hasSession ? "online" : "offline",
      version: "",
      ephemeral: true,
      disableUpdate: scaleSet.disableUpdate,
      runnerGroupId: scaleSet.groupId,
    },
    createdOn: instantText(scaleSet.createdAtMs),
    enabled: true,
    status: hasSession ? "online" : "offline",
    queueName: `scaleset-${scaleSet.id}`,
    runnerJitConfigUrl: `${base}/generatejitconfig`,
    acquireJobsUrl: `${base}/acquirejobs`,
    getAcquirableJobsUrl: `${base}/acquirablejobs`,
    createSessionUrl: `${base}/sessions`,
    statistics: scaleSet.statistics(),
  };
}

/** @see scale set wire specification, section 5.1 */
export function sessionView(
  context: ServiceContext,
  session: Session,
  queueToken: string,
  origin: string,
): Readonly<Record<string, unknown>> {
  const { scaleSet } = session;
  const queueUrl =
    context.model.flavour.queuePath === "shared"
      ? `${origin}/scalesets/message`
      : `${serviceUrl(context, scaleSet.tenant, origin).replace(/\/$/, "")}/_apis/runtime/runnerscalesets/${scaleSet.id}/messages?sessionId=${session.id}`;
  return {
    sessionId: session.id,
    ownerName: session.ownerName,
    runnerScaleSet: scaleSetView(context, scaleSet, origin),
    messageQueueUrl: queueUrl,
    messageQueueAccessToken: queueToken,
    statistics: scaleSet.statistics(),
  };
}

/** A runner as the service refers to it. */
export function runnerReference(context: ServiceContext, runner: Runner): Readonly<Record<string, unknown>> {
  return {
    id: runner.id,
    name: runner.name,
    runnerScaleSetId: runner.scaleSet?.id ?? 0,
    os: runner.spec.os,
    version: runner.spec.version,
    enabled: true,
    ephemeral: runner.spec.ephemeral,
    status: isConnected(runner) ? "online" : "offline",
    busy: isShownBusy(context.model, runner),
    disableUpdate: runner.spec.disableUpdate,
    provisioningState: "Provisioned",
    createdOn: instantText(runner.registeredAtMs),
    runnerGroupId: runner.spec.groupId,
    runnerGroupName: runner.tenant.groups.get(runner.spec.groupId)?.name ?? "",
    labels: runner.spec.labels.map((name) => ({ name, type: "System" })),
  };
}

function isConnected(runner: Runner): boolean {
  return runner.phase.kind === "online" || (runner.phase.kind === "busy" && runner.phase.connected);
}
