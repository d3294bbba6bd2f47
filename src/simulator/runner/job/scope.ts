import { data } from "@actions/expressions";
import { CaseSensitiveDictionary, dictionary, string, textDictionary, type Value } from "./context-values.ts";
import type { ActionStatus } from "./expressions.ts";
import { hashFiles } from "./hash-files.ts";
import type { JobState } from "./job-state.ts";
import type { TokenScope } from "./template-token.ts";

export type StepWord = "success" | "failure" | "cancelled" | "skipped";

/** One entry of the `steps` context. */
export interface StepEntry {
  readonly outputs: Map<string, string>;
  outcome: StepWord | undefined;
  conclusion: StepWord | undefined;
}

/** The steps of one level see each other: those of the job, or those of one composite action. */
export interface StepLevel {
  readonly kind: "job" | "composite";
  readonly steps: Map<string, StepEntry>;
  /** Inputs of the action; undefined at the job's level, where the message's `inputs` hold. */
  readonly inputs: Value | undefined;
  /** Members of `github` that differ at this level, for example `action_path`. */
  readonly github: ReadonlyMap<string, string>;
  /** Environment of the step that called the action. */
  readonly environment: ReadonlyMap<string, string>;
  /** Fires when the steps of this level have to end, unless their condition still holds. */
  readonly cancel: AbortSignal;
  readonly status: () => ActionStatus;
  /** Told of each step that ended as failed or cancelled. */
  readonly onFailure: () => void;
}

export function stepEntry(level: StepLevel, name: string): StepEntry {
  const known = level.steps.get(name);
  if (known !== undefined) return known;
  const entry: StepEntry = { outputs: new Map(), outcome: undefined, conclusion: undefined };
  level.steps.set(name, entry);
  return entry;
}

/** What a step changes about its own view. */
export interface StepView {
  readonly environment: ReadonlyMap<string, string>;
  /** Members of `github` that belong to this step: `action` and the command files. */
  readonly github: ReadonlyMap<string, string>;
}

const jobContexts = [
  "github",
  "needs",
  "strategy",
  "matrix",
  "job",
  "runner",
  "env",
  "vars",
  "secrets",
  "steps",
  "inputs",
];
const compositeContexts = ["github", "inputs", "strategy", "matrix", "steps", "job", "runner", "env"];

/**
 * What an expression sees.
 *
 * @param place `condition` adds the status functions and leaves the secrets out, as GitHub does.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
 */
export function scopeOf(job: JobState, level: StepLevel, view: StepView, place: "value" | "condition"): TokenScope {
  const available = level.kind === "job" ? jobContexts : compositeContexts;
  const names = place === "condition" ? available.filter((name) => name !== "secrets") : available;
  const contexts = new Map(names.map((name) => [name, contextValue(name, job, level, view)] as const));
  return {
    contexts,
    fileTable: job.message.fileTable,
    hashFiles: (patterns) => hashFiles(job.paths.workspace, patterns),
    ...(place === "condition" ? { status: level.status() } : {}),
  };
}

function contextValue(name: string, job: JobState, level: StepLevel, view: StepView): Value {
  switch (name) {
    case "github":
      return dictionary(githubEntries(job, level, view));
    case "env":
      return new CaseSensitiveDictionary([...view.environment].map(([key, value]) => [key, string(value)] as const));
    case "steps":
      return dictionary([...level.steps].map(([key, entry]) => [key, stepValue(entry)] as const));
    case "job":
      return dictionary([...entries(job.contexts.get("job")), ["status", string(job.status)]]);
    case "runner":
      return textDictionary(runnerEntries(job));
    case "secrets":
      return textDictionary(secretEntries(job));
    case "inputs":
      return level.inputs ?? job.contexts.get("inputs") ?? new data.Null();
    default:
      return job.contexts.get(name) ?? new data.Null();
  }
}

/** The `github` context at this place: the message's members, then the runner's. */
export function githubEntries(job: JobState, level: StepLevel, view: StepView): ReadonlyMap<string, Value> {
  const token = job.message.variables.get("system.github.token")?.value;
  const first = present([
    ["token", token],
    ["job", job.message.variables.get("system.github.job")?.value],
  ]);
  const own = present([
    ["workspace", job.paths.workspace],
    ["event_path", job.paths.event],
    // Only an action of another repository has these.
    ["action_repository", ""],
    ["action_ref", ""],
    ...level.github,
    ...view.github,
    // How far the action has come, apart from the job: `job.status` tells the job's.
    ["action_status", level.kind === "composite" ? level.status() : undefined],
  ]);
  return new Map([...first, ...entries(job.contexts.get("github")), ...first, ...own]);
}

function present(members: readonly (readonly [string, string | undefined])[]): (readonly [string, Value])[] {
  return members.flatMap(([key, value]) => (value === undefined ? [] : [[key, string(value)] as const]));
}

export function runnerEntries(job: JobState): readonly (readonly [string, string])[] {
  const entries: (readonly [string, string])[] = [
    ["os", job.runner.os],
    ["arch", job.runner.architecture],
    ["name", job.runner.runnerName],
    ["environment", "self-hosted"],
    ["tool_cache", job.paths.tools],
    ["temp", job.paths.temporary],
    ["workspace", job.paths.runnerWorkspace],
  ];
  return job.debugOn ? [...entries, ["debug", "1"]] : entries;
}

function secretEntries(job: JobState): readonly (readonly [string, string])[] {
  return [...job.message.variables]
    .filter(([name, variable]) => variable.isSecret && !name.toLowerCase().startsWith("system."))
    .map(([name, variable]) => [name, variable.value] as const);
}

function stepValue(entry: StepEntry): Value {
  const members: (readonly [string, Value])[] = [["outputs", textDictionary(entry.outputs)]];
  if (entry.outcome !== undefined) members.push(["outcome", string(entry.outcome)]);
  if (entry.conclusion !== undefined) members.push(["conclusion", string(entry.conclusion)]);
  return dictionary(members);
}

function entries(value: Value | undefined): (readonly [string, Value])[] {
  return value instanceof data.Dictionary ? value.pairs().map((pair) => [pair.key, pair.value] as const) : [];
}
