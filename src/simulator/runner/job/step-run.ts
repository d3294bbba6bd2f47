import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readProblemMatchers, type ProblemMatcher } from "./problem-matcher.ts";
import { ProblemScanner } from "./problem-scanner.ts";
import type { CommandFileTarget } from "./command-files.ts";
import type { StepMessage } from "./job-message.ts";
import type { JobState } from "./job-state.ts";
import type { StepConsole } from "./step-console.ts";
import { type StepLevel, stepEntry, type StepView } from "./scope.ts";

/** A step while it runs: what its handler (script or composite action) works with. */
export interface StepRun {
  readonly job: JobState;
  readonly level: StepLevel;
  readonly step: StepMessage;
  readonly view: StepView;
  /** Environment that this step and the ones that called it set for themselves: GITHUB_ENV does not change it. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly console: StepConsole;
  /** Fires when the step has to end: cancellation, time-out, shutdown. */
  readonly cancel: AbortSignal;
  readonly target: CommandFileTarget;
  /** Runs the steps of a composite action as one level below this step. */
  readonly runLevel: RunLevel;
  readonly depth: number;
}

export type RunLevel = (steps: readonly StepMessage[], level: StepLevel, parent: StepRun) => Promise<void>;

/** A target whose failures are collected in `failed`. */
export function createTarget(options: {
  readonly job: JobState;
  readonly level: StepLevel;
  readonly step: StepMessage;
  readonly console: StepConsole;
  readonly environment: ReadonlyMap<string, string>;
  readonly uploadSummary: (content: string) => void;
}): CommandFileTarget & { readonly failed: () => boolean } {
  const { job, level, step, console } = options;
  let failed = false;
  return {
    console,
    masker: job.masker,
    allowsUnsecureCommands: isOn(options.environment.get("ACTIONS_ALLOW_UNSECURE_COMMANDS")),
    allowsUnsecureStopTokens: isOn(options.environment.get("ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS")),
    problems: new ProblemScanner(job.matchers, job.paths.workspace),
    addMatchers(file) {
      const matchers = matchersOf(file, job);
      job.matchers.add(matchers);
      const owners = matchers.map((each) => `'${each.owner}'`).join(", ");
      console.debug(`Added matchers: ${owners}. They mark known errors and warnings in the output.`);
    },
    removeMatchers(named) {
      const owners = "owner" in named ? [named.owner] : matchersOf(named.file, job).map((each) => each.owner);
      job.matchers.remove(owners);
      console.debug(`Removed matchers: ${owners.map((owner) => `'${owner}'`).join(", ")}`);
    },
    setOutput(name, value) {
      if (isVisible(step.contextName)) stepEntry(level, step.contextName).outputs.set(name, value);
      console.debug(`steps.${step.contextName}.outputs.${name}='${value}'`);
    },
    saveState(name, value) {
      // State is for the post step of an action; scripts have none.
      console.debug(`Save intra-action state ${name} = ${value}`);
    },
    setEnvironment(name, value) {
      job.environment.set(name, value);
      console.debug(`${name}='${value}'`);
    },
    addPath(path) {
      const known = job.addedPaths.indexOf(path);
      if (known >= 0) job.addedPaths.splice(known, 1);
      job.addedPaths.push(path);
    },
    fail() {
      failed = true;
    },
    failed: () => failed,
    uploadSummary: options.uploadSummary,
  };
}

function isOn(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}

function matchersOf(file: string, job: JobState): readonly ProblemMatcher[] {
  const path = resolve(job.paths.workspace, file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`Could not find file '${path}'.`, { cause: error });
  }
  return readProblemMatchers(text);
}

/** Steps without an `id:` get a name that starts with two underscores and stay out of the `steps` context. */
export function isVisible(contextName: string): boolean {
  return contextName !== "" && !contextName.startsWith("__");
}
