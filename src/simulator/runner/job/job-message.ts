import { asObject, field, flag, isObject, list, text } from "../wire/json-fields.ts";

/** A template token as it came; `template-token.ts` knows its shapes. */
export type Token = unknown;

export type StepReference =
  | { readonly kind: "script" }
  | { readonly kind: "local-action"; readonly path: string }
  | { readonly kind: "unsupported"; readonly what: string };

export interface StepMessage {
  readonly id: string;
  /** `github.action`. */
  readonly name: string;
  /** Key in the `steps` context; names that start with `__` stay out of it. */
  readonly contextName: string;
  readonly displayName: Token;
  /** Expression text without `${{ }}`. */
  readonly condition: string;
  readonly reference: StepReference;
  readonly inputs: Token;
  readonly environment: Token;
  readonly continueOnError: Token;
  readonly timeoutInMinutes: Token;
}

/** What the runner needs of an AgentJobRequestMessage. */
export interface JobMessage {
  readonly planId: string;
  readonly jobId: string;
  readonly jobDisplayName: string;
  readonly billingOwnerId: string | undefined;
  readonly systemUrl: string;
  readonly jobToken: string;
  readonly feedUrl: string | undefined;
  readonly resultsUrl: string | undefined;
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly variables: ReadonlyMap<string, { readonly value: string; readonly isSecret: boolean }>;
  readonly masks: readonly { readonly kind: "regex" | "variable"; readonly value: string }[];
  readonly environment: readonly Token[];
  readonly defaults: readonly Token[];
  readonly outputs: Token;
  /** Where the job deploys to; `url` is known once its steps are through. */
  readonly deployment: { readonly name: string; readonly url: Token } | undefined;
  readonly steps: readonly StepMessage[];
  readonly fileTable: readonly string[];
  /** Files of local actions, by action path and then by file name: a member of Drover's simulator alone. */
  readonly localActions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** A fault of the simulator: the process stays when the job is over. */
  readonly hangsAfterJob: boolean;
}

/** @throws {Error} when a member without which no job can run is missing. */
export function readJobMessage(message: unknown): JobMessage {
  const endpoint = list(field(message, "resources"), "endpoints").find(
    (entry) => text(entry, "name") === "SystemVssConnection",
  );
  const endpointFields = field(endpoint, "data");
  const variables = readVariables(field(message, "variables"));
  return {
    planId: required(field(message, "plan"), "planId"),
    jobId: required(message, "jobId"),
    jobDisplayName: text(message, "jobDisplayName") ?? "",
    billingOwnerId: text(message, "billingOwnerId"),
    systemUrl: required(endpoint, "url"),
    jobToken: required(field(field(endpoint, "authorization"), "parameters"), "AccessToken"),
    feedUrl: text(endpointFields, "FeedStreamUrl"),
    resultsUrl: variables.get("system.github.results_endpoint")?.value,
    contexts: asObject(field(message, "contextData")),
    variables,
    masks: list(message, "mask").flatMap(readMask),
    environment: list(message, "environmentVariables"),
    defaults: list(message, "defaults"),
    outputs: field(message, "jobOutputs"),
    deployment: readDeployment(field(message, "actionsEnvironment")),
    steps: list(message, "steps").map(readStep),
    fileTable: list(message, "fileTable").filter((entry) => typeof entry === "string"),
    localActions: readLocalActions(field(message, "droverLocalActions")),
    hangsAfterJob: field(message, "droverHangAfterJob") === true,
  };
}

function readDeployment(environment: unknown): JobMessage["deployment"] {
  const name = text(environment, "name");
  return name === undefined ? undefined : { name, url: field(environment, "url") };
}

function readStep(step: unknown): StepMessage {
  const name = text(step, "name") ?? text(step, "contextName") ?? "__run";
  const condition = text(step, "condition");
  if (condition === undefined) throw new Error(`The job message's step "${name}" has no condition.`);
  return {
    id: required(step, "id"),
    name,
    contextName: text(step, "contextName") ?? name,
    displayName: field(step, "displayNameToken"),
    condition,
    reference: readReference(field(step, "reference")),
    inputs: field(step, "inputs"),
    environment: field(step, "environment"),
    continueOnError: field(step, "continueOnError"),
    timeoutInMinutes: field(step, "timeoutInMinutes"),
  };
}

function readReference(reference: unknown): StepReference {
  const kind = text(reference, "type")?.toLowerCase();
  if (kind === "script") return { kind: "script" };
  const path = text(reference, "path") ?? "";
  if (kind === "repository" && text(reference, "repositoryType")?.toLowerCase() === "self")
    return { kind: "local-action", path };
  return { kind: "unsupported", what: text(reference, "name") ?? text(reference, "image") ?? kind ?? "nothing" };
}

function readVariables(variables: unknown): JobMessage["variables"] {
  const entries = Object.entries(asObject(variables)).map(
    ([name, variable]) =>
      [name, { value: text(variable, "value") ?? "", isSecret: flag(variable, "isSecret") }] as const,
  );
  return new Map(entries);
}

function readMask(mask: unknown): JobMessage["masks"] {
  const kind = text(mask, "type")?.toLowerCase();
  const value = text(mask, "value");
  return value !== undefined && (kind === "regex" || kind === "variable") ? [{ kind, value }] : [];
}

function readLocalActions(actions: unknown): JobMessage["localActions"] {
  const entries = Object.entries(asObject(actions)).map(([path, action]) => {
    const files = field(action, "files");
    const texts = Object.entries(isObject(files) ? files : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return [path, new Map(texts)] as const;
  });
  return new Map(entries);
}

function required(object: unknown, name: string): string {
  const value = text(object, name);
  if (value === undefined || value === "") throw new Error(`The job message has no ${name}.`);
  return value;
}
