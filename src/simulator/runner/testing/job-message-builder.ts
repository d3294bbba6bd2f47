import { randomUUID } from "node:crypto";

interface StepSpec {
  readonly run?: string;
  /** Path of a local action. */
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly name?: unknown;
  readonly if?: string;
  readonly shell?: string;
  readonly workingDirectory?: string;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly continueOnError?: unknown;
  readonly timeoutMinutes?: unknown;
}

export interface JobSpec {
  readonly steps: readonly StepSpec[];
  readonly env?: Readonly<Record<string, unknown>>;
  readonly workflowEnv?: Readonly<Record<string, unknown>>;
  readonly defaults?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** `environment` of the job. */
  readonly deployment?: { readonly name: string; readonly url?: unknown };
  readonly github?: Readonly<Record<string, unknown>>;
  readonly contexts?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, { value: string; isSecret?: boolean }>>;
  readonly masks?: readonly { type: string; value: string }[];
  readonly localActions?: Readonly<Record<string, { files: Readonly<Record<string, string>> }>>;
  readonly url?: string;
  readonly resultsUrl?: string;
  readonly feedUrl?: string;
}

/** An expression token: what the service sends for `${{ expression }}`. */
export function expression(text: string): object {
  return { type: 3, expr: text };
}

/** A job message as the service would send it, written from the protocol's description. */
export function buildJobMessage(spec: JobSpec): Record<string, unknown> {
  const url = spec.url ?? "http://127.0.0.1:9/";
  return {
    messageType: "RunnerJobRequest",
    plan: { planId: randomUUID(), version: 12 },
    jobId: randomUUID(),
    jobDisplayName: "build",
    requestId: 7,
    resources: {
      endpoints: [
        {
          name: "SystemVssConnection",
          url,
          authorization: {
            scheme: "OAuth",
            parameters: { AccessToken: "eyJhbGciOiJub25lIn0.eyJvcmNoX2lkIjoiMSJ9.c2ln" },
          },
          data: spec.feedUrl === undefined ? {} : { FeedStreamUrl: spec.feedUrl },
        },
      ],
    },
    contextData: {
      github: dictionary({
        repository: "acme/widgets",
        repository_owner: "acme",
        workflow: "ci",
        event_name: "push",
        event: { t: 2, d: [{ k: "after", v: "abc" }] },
        server_url: "http://127.0.0.1:9",
        sha: "0123456789012345678901234567890123456789",
        ref: "refs/heads/main",
        run_id: "1",
        secret_source: "Actions",
        ...spec.github,
      }),
      needs: dictionary({}),
      vars: dictionary({}),
      strategy: dictionary({ "job-index": 0, "job-total": 1 }),
      matrix: null,
      inputs: null,
      ...spec.contexts,
    },
    mask: spec.masks ?? [],
    variables: {
      "system.github.token": { value: "tok_4711_secret", isSecret: true },
      github_token: { value: "tok_4711_secret", isSecret: true },
      "system.github.job": { value: "build" },
      ...(spec.resultsUrl === undefined ? {} : { "system.github.results_endpoint": { value: spec.resultsUrl } }),
      ...spec.variables,
    },
    environmentVariables: [spec.workflowEnv, spec.env].filter((env) => env !== undefined).map(mapping),
    defaults: spec.defaults === undefined ? [] : [mapping({ run: mapping(spec.defaults) })],
    ...(spec.outputs === undefined ? {} : { jobOutputs: mapping(spec.outputs) }),
    ...(spec.deployment === undefined ? {} : { actionsEnvironment: spec.deployment }),
    steps: spec.steps.map(buildStep),
    fileTable: [".github/workflows/ci.yml"],
    droverLocalActions: spec.localActions ?? {},
  };
}

/** Context data of type 2. */
export function dictionary(entries: Readonly<Record<string, unknown>>): object {
  return { t: 2, d: Object.entries(entries).map(([k, v]) => ({ k, v })) };
}

/** A mapping token. */
function mapping(entries: Readonly<Record<string, unknown>>): object {
  return { type: 2, map: Object.entries(entries).map(([Key, Value]) => ({ Key, Value })) };
}

function buildStep(step: StepSpec, index: number): object {
  const contextName = step.id ?? (index === 0 ? "__run" : `__run_${index + 1}`);
  const script = {
    script: step.run,
    ...(step.shell === undefined ? {} : { shell: step.shell }),
    ...(step.workingDirectory === undefined ? {} : { workingDirectory: step.workingDirectory }),
  };
  const work =
    step.uses === undefined
      ? { reference: { type: "script" }, inputs: mapping(script) }
      : {
          reference: { type: "repository", repositoryType: "self", path: step.uses },
          inputs: mapping(step.with ?? {}),
        };
  return {
    type: "action",
    id: randomUUID(),
    name: contextName,
    contextName,
    ...(step.name === undefined ? {} : { displayNameToken: step.name }),
    condition: step.if ?? "success()",
    ...work,
    ...(step.env === undefined ? {} : { environment: mapping(step.env) }),
    ...(step.continueOnError === undefined ? {} : { continueOnError: step.continueOnError }),
    ...(step.timeoutMinutes === undefined ? {} : { timeoutInMinutes: step.timeoutMinutes }),
  };
}
