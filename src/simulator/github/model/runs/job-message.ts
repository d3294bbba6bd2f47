import type { Value, ValueRecord } from "../../workflow/value.ts";
import type { LocalActions } from "../../workflow/workflow.ts";
import { type ContextData, contextData } from "./context-data.ts";
import { jobGithub } from "./job-scope.ts";
import type { JobRow } from "./run.ts";
import { tokenPermissions } from "./token-permissions.ts";
import { stepJson, type StepJson } from "./step-json.ts";
import { mapJson, tokenJson, type TokenJson } from "./token-json.ts";

/** What the service adds to a job when a runner takes it. */
export interface MessageFacts {
  /** The simulator's origin, as the runner reaches it; with or without a slash at the end. */
  readonly serviceUrl: string;
  readonly tokens: {
    /** The runner's token for this job: renew, complete, results. Must read as a JWT. */
    readonly job: string;
    /** `github.token` and `secrets.GITHUB_TOKEN`. */
    readonly github: string;
  };
  /** Websocket for the live console; default: `feed` below the origin. */
  readonly feedStreamUrl?: string;
  /** Until when the job is the runner's, in milliseconds since the Unix epoch. */
  readonly lockedUntilMs?: number;
  readonly requestId?: number;
  readonly runnerGroupName?: string;
}

export interface MessageVariable {
  readonly value: string;
  readonly isSecret?: true;
}

/** A job as runners read it: AgentJobRequestMessage, in the shape that the run service hands out. */
export interface JobMessage {
  readonly messageType: "RunnerJobRequest";
  readonly plan: {
    readonly scopeIdentifier: string;
    readonly planType: "actions";
    readonly version: 12;
    readonly planId: string;
    readonly planGroup: "actions";
  };
  readonly timeline: { readonly id: string; readonly changeId: 1; readonly location: null };
  readonly jobId: string;
  readonly jobDisplayName: string;
  readonly jobName: string;
  readonly requestId: number;
  readonly lockedUntil: string;
  readonly resources: { readonly endpoints: readonly object[] };
  readonly contextData: Readonly<Record<string, ContextData>>;
  readonly workspace: object;
  readonly mask: readonly { readonly type: "regex"; readonly value: string }[];
  readonly variables: Readonly<Record<string, MessageVariable>>;
  readonly environmentVariables: readonly TokenJson[];
  readonly defaults: readonly TokenJson[];
  readonly jobOutputs: TokenJson;
  readonly actionsEnvironment?: { readonly name: string; readonly url?: TokenJson };
  readonly steps: readonly StepJson[];
  readonly fileTable: readonly string[];
  readonly billingOwnerId: string;
  /** Files of the local composite actions that the steps use; runners other than Drover's ignore the member. */
  readonly droverLocalActions?: LocalActions;
}

/** The message of a job that is ready. Expressions of steps, `env`, `defaults` and outputs are left to the runner. */
export function jobMessage(
  row: JobRow,
  facts: MessageFacts,
  settings: { readonly vars: ValueRecord; readonly secrets: Readonly<Record<string, string>> },
): JobMessage {
  const { node } = row;
  const { run, definition } = node;
  const serviceUrl = facts.serviceUrl.replace(/\/*$/u, "/");
  const { planId } = run;
  const secrets = { ...settings.secrets, github_token: facts.tokens.github };
  const environment = environmentJson(row);
  return {
    messageType: "RunnerJobRequest",
    plan: {
      scopeIdentifier: derivedGuid(planId, 1),
      planType: "actions",
      version: 12,
      planId,
      planGroup: "actions",
    },
    timeline: { id: derivedGuid(row.jobId, 1), changeId: 1, location: null },
    jobId: row.jobId,
    jobDisplayName: row.name,
    jobName: definition.id,
    requestId: facts.requestId ?? 0,
    lockedUntil: new Date(facts.lockedUntilMs ?? 0).toISOString(),
    resources: { endpoints: [endpoint(serviceUrl, facts)] },
    contextData: Object.fromEntries(
      Object.entries(contexts(row, serviceUrl, settings.vars)).map(([name, value]) => [name, contextData(value)]),
    ),
    workspace: {},
    mask: Object.values({ ...secrets, job: facts.tokens.job })
      .filter((secret) => secret !== "")
      .map((secret) => ({ type: "regex", value: secret.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`) })),
    variables: {
      "system.github.token": { value: facts.tokens.github, isSecret: true },
      ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, { value, isSecret: true }])),
      "system.github.token.permissions": {
        value: JSON.stringify(tokenPermissions(definition.permissions ?? run.workflow.permissions)),
      },
      "system.github.job": { value: definition.id },
      "system.github.results_endpoint": { value: serviceUrl },
      "system.orchestrationId": { value: `${planId}.${definition.id}.__default` },
      "system.phaseDisplayName": { value: row.name },
      "system.culture": { value: "en-US" },
      "system.workflowFileFullPath": { value: `${run.repository}/${run.workflow.path}@${run.event.ref}` },
      "DistributedTask.AllowRunnerContainerHooks": { value: "true" },
      ...(facts.runnerGroupName === undefined ? {} : { "system.runnerGroupName": { value: facts.runnerGroupName } }),
    },
    environmentVariables: [run.workflow.env, definition.env].filter((env) => env !== undefined).map(tokenJson),
    defaults: [run.workflow.defaults, definition.defaults].filter((each) => each !== undefined).map(tokenJson),
    jobOutputs: definition.outputs === undefined ? mapJson([]) : tokenJson(definition.outputs),
    ...(environment === undefined ? {} : { actionsEnvironment: environment }),
    steps: definition.steps.map((step, index) =>
      stepJson(step, row.stepIds[index] ?? derivedGuid(row.jobId, 16 + index)),
    ),
    fileTable: [run.workflow.path],
    billingOwnerId: "O_sim",
    ...(Object.keys(definition.localActions).length === 0 ? {} : { droverLocalActions: definition.localActions }),
  };
}

function contexts(row: JobRow, serviceUrl: string, vars: ValueRecord): Readonly<Record<string, Value>> {
  const { node } = row;
  const serverUrl = serviceUrl.replace(/\/$/u, "");
  const github = {
    ...jobGithub(node),
    server_url: serverUrl,
    api_url: `${serverUrl}/api/v3`,
    graphql_url: `${serverUrl}/api/graphql`,
  };
  const { matrix, strategy, needs } = row;
  const { workflow_ref, workflow_sha } = node.run.github;
  const job = {
    // The check run of a job has the number of the job.
    check_run_id: row.restJobId,
    workflow_ref: workflow_ref ?? "",
    workflow_sha: workflow_sha ?? "",
    workflow_repository: node.run.repository,
    workflow_file_path: node.run.workflow.path,
  };
  return { github, needs, vars, strategy, matrix, job, inputs: node.run.event.inputs ?? {} };
}

function endpoint(serviceUrl: string, facts: MessageFacts): object {
  return {
    name: "SystemVssConnection",
    url: serviceUrl,
    authorization: { scheme: "OAuth", parameters: { AccessToken: facts.tokens.job } },
    data: {
      ResultsServiceUrl: serviceUrl,
      FeedStreamUrl: facts.feedStreamUrl ?? `${serviceUrl.replace(/^http/u, "ws")}feed`,
    },
    isShared: false,
    isReady: true,
  };
}

function environmentJson({ environment }: JobRow): JobMessage["actionsEnvironment"] {
  if (environment === undefined) return undefined;
  const { name, url } = environment;
  return url === undefined ? { name } : { name, url: tokenJson(url) };
}

/** A GUID that belongs to another: the same each time the message is built, so that a lost answer can be given again. */
function derivedGuid(guid: string, salt: number): string {
  return (
    guid.slice(0, -4) + (Number.parseInt(guid.slice(-4), 16) ^ (salt << 4)).toString(16).padStart(4, "0").slice(-4)
  );
}
