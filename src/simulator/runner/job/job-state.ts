import { join } from "node:path";
import type { JobResult } from "../exit-code.ts";
import type { Masker } from "../log/masker.ts";
import type { RunnerClock } from "../runner-clock.ts";
import { decodeContextValue, entryText, type Value } from "./context-values.ts";
import type { ActionStatus } from "./expressions.ts";
import type { JobMessage } from "./job-message.ts";
import type { OutputPipes } from "./output-pipes.ts";
import type { JobMatchers } from "./problem-scanner.ts";

/** Directories of a job below the runner's work folder, named as the official runner names them. */
export interface JobPaths {
  readonly work: string;
  /** RUNNER_WORKSPACE */
  readonly runnerWorkspace: string;
  /** GITHUB_WORKSPACE */
  readonly workspace: string;
  readonly temporary: string;
  readonly tools: string;
  readonly event: string;
}

export function jobPaths(work: string, repository: string): JobPaths {
  const name = repository.split("/").at(-1) ?? "";
  if (name === "" || name === "." || name === "..")
    throw new Error(`The job message's github.repository "${repository}" is not of the form owner/name.`);
  const temporary = join(work, "_temp");
  return {
    work,
    runnerWorkspace: join(work, name),
    workspace: join(work, name, name),
    temporary,
    tools: join(work, "_tool"),
    event: join(temporary, "_github_workflow", "event.json"),
  };
}

/** How a job is made to end early. */
export interface JobStop {
  /** The job was cancelled, at the service or because it is no longer ours: steps whose condition still holds go on. */
  readonly cancel: AbortSignal;
  /** The runner shuts down: no further step starts, and the job fails. */
  readonly shutdown: AbortSignal;
  /** No more time: processes are killed at once. */
  readonly kill: AbortSignal;
}

export interface RunnerIdentity {
  readonly runnerName: string;
  readonly version: string;
  readonly os: string;
  readonly architecture: string;
}

/** What steps of one job share and change. */
export interface JobState {
  readonly message: JobMessage;
  readonly runner: RunnerIdentity;
  readonly paths: JobPaths;
  readonly clock: RunnerClock;
  readonly masker: Masker;
  readonly pipes: OutputPipes;
  readonly stop: JobStop;
  /** Environment the runner itself was started with, private members taken out. */
  readonly processEnvironment: Readonly<Record<string, string>>;
  /** Workflow and job `env`, and what steps wrote to GITHUB_ENV. */
  readonly environment: Map<string, string>;
  /** Entries of GITHUB_PATH, the latest last. */
  readonly addedPaths: string[];
  /** `defaults.run` of the job. */
  readonly runDefaults: Map<string, string>;
  readonly contexts: ReadonlyMap<string, Value>;
  readonly matchers: JobMatchers;
  readonly debugOn: boolean;
  /** Mark in the environment of every process of the job. */
  readonly trackingId: string;
  status: ActionStatus;
  result: JobResult | undefined;
}

/** Contexts that came with the job message and do not change. */
export function messageContexts(message: JobMessage): ReadonlyMap<string, Value> {
  const contexts = new Map<string, Value>();
  for (const name of ["github", "needs", "vars", "strategy", "matrix", "inputs", "job"]) {
    contexts.set(name, decodeContextValue(message.contexts[name]));
  }
  return contexts;
}

const debugVariables = { step: "ACTIONS_STEP_DEBUG" } as const;

export function isDebugOn(message: JobMessage, contexts: ReadonlyMap<string, Value>): boolean {
  const value =
    message.variables.get(debugVariables.step)?.value ?? entryText(contexts.get("vars"), debugVariables.step);
  return value.toLowerCase() === "true";
}
