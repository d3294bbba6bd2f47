import type { JobResult } from "../exit-code.ts";
import { applyCommandFiles, createCommandFiles } from "./command-files.ts";
import { evaluate, isTruthy, type ActionStatus } from "./expressions.ts";
import type { StepMessage } from "./job-message.ts";
import type { JobState } from "./job-state.ts";
import { scopeOf, type StepLevel, type StepView, stepEntry, type StepWord } from "./scope.ts";
import { runScriptStep } from "./script-step.ts";
import type { StepConsole } from "./step-console.ts";
import { StepCanceledError } from "./step-process.ts";
import { createTarget, isVisible, type RunLevel, type StepRun } from "./step-run.ts";
import { evaluateBoolean, evaluateNumber, evaluateTextMapping } from "./template-token.ts";

export interface StepOptions {
  readonly job: JobState;
  readonly level: StepLevel;
  readonly step: StepMessage;
  readonly console: StepConsole;
  readonly uploadSummary: (content: string) => void;
  /** Names the step once its environment stands, also one that will be skipped. */
  readonly onName: (view: StepView) => string;
  /** Called once the condition holds, before anything runs. */
  readonly onStart?: () => void;
  readonly runLevel: RunLevel;
  readonly depth: number;
  /** What to run instead of the step's reference: a hook. */
  readonly handler?: (run: StepRun) => Promise<boolean>;
}

type NamedStep = StepOptions & { readonly displayName: string };

/**
 * Takes one step through condition, environment, run, time-out and continue-on-error, and records its outcome and
 * conclusion in the `steps` context.
 *
 * @returns the conclusion. Never rejects: whatever goes wrong is the step's failure and stands in its log.
 */
export async function runStep(options: StepOptions): Promise<JobResult> {
  const { job, level, step, console } = options;
  const environment = new Map([...job.environment, ...level.environment]);
  const overrides = new Map(level.environment);
  const view = { environment, github: new Map([["action", step.name]]) };
  try {
    const own = evaluateTextMapping(step.environment, scopeOf(job, level, view, "value"));
    for (const [name, value] of own) {
      environment.set(name, value);
      overrides.set(name, value);
    }
  } catch (error) {
    console.error(messageOf(error));
    return record(options, "failed", "failed");
  }

  const named = { ...options, displayName: options.onName(view) };
  const condition = conditionHolds(named, view, level.status());
  if (condition instanceof Error) {
    console.error(condition.message);
    return record(options, "failed", "failed");
  }
  if (!condition) return record(options, "skipped", "skipped");

  options.onStart?.();
  console.debug(`Starting: ${named.displayName}`);
  const outcome = await runUntilDone(named, view, overrides);
  const conclusion = outcome === "failed" && continuesOnError(options, view) ? "succeeded" : outcome;
  console.debug(`Finishing: ${named.displayName}`);
  return record(options, outcome, conclusion);
}

function conditionHolds(options: NamedStep, view: StepView, status: ActionStatus): boolean | Error {
  const { job, level, step, console } = options;
  if (job.stop.shutdown.aborted || job.stop.kill.aborted) return false;
  console.debug(`Evaluating condition for step: '${options.displayName}'`);
  console.debug(`Evaluating: ${step.condition}`);
  try {
    const value = evaluate(step.condition, { ...scopeOf(job, level, view, "condition"), status });
    console.debug(`Result: ${value.coerceString()}`);
    return isTruthy(value);
  } catch (error) {
    return new Error(`The template is not valid. ${messageOf(error)}`);
  }
}

async function runUntilDone(
  options: NamedStep,
  view: StepView,
  overrides: ReadonlyMap<string, string>,
): Promise<JobResult> {
  const { job, level, step, console } = options;
  const timeoutMinutes = readTimeout(options, view);
  const ending = new AbortController();
  const finished = new AbortController();
  let timedOut = false;
  let canceled = false;

  const cancel = (): void => {
    // A step whose condition still holds in a cancelled job, `always()` for one, goes on.
    if (conditionHolds(options, view, "cancelled") === true) return;
    canceled = true;
    ending.abort();
  };
  // Once the level has been cancelled a condition that holds was asked knowing it: no second question.
  if (!level.cancel.aborted) level.cancel.addEventListener("abort", cancel, { once: true, signal: finished.signal });
  for (const stop of [job.stop.shutdown, job.stop.kill]) {
    stop.addEventListener("abort", () => ((canceled = true), ending.abort()), { once: true, signal: finished.signal });
  }
  if (timeoutMinutes > 0) {
    void job.clock
      .sleep(timeoutMinutes * 60_000, finished.signal)
      .then(() => ((timedOut = true), ending.abort()))
      .catch(() => undefined);
  }

  const files = await createCommandFiles(job.paths.temporary);
  const fileView = { environment: view.environment, github: new Map([...view.github, ...Object.entries(files)]) };
  const target = createTarget({
    job,
    level,
    step,
    console,
    environment: view.environment,
    uploadSummary: options.uploadSummary,
  });
  const run: StepRun = {
    job,
    level,
    step,
    view: fileView,
    overrides,
    console,
    cancel: ending.signal,
    target,
    runLevel: options.runLevel,
    depth: options.depth,
  };
  let result: JobResult = "succeeded";
  try {
    if (!(await (options.handler ?? handlerOf(step))(run))) result = "failed";
    // A step may have been through before its cancellation took effect.
    if (ending.signal.aborted) throw new StepCanceledError();
  } catch (error) {
    if (timedOut) {
      console.error(`The action '${options.displayName}' has timed out after ${timeoutMinutes} minutes.`);
      result = "failed";
    } else if (error instanceof StepCanceledError || canceled) {
      // The step of an action that was interrupted has said so already.
      if (step.reference.kind !== "local-action") console.error("The operation was canceled.");
      result = "canceled";
    } else {
      console.error(messageOf(error));
      result = "failed";
    }
  }
  finished.abort();
  await applyCommandFiles(files, target);
  return target.failed() && result === "succeeded" ? "failed" : result;
}

function handlerOf(step: StepMessage): (run: StepRun) => Promise<boolean> {
  switch (step.reference.kind) {
    case "script":
      return runScriptStep;
    case "local-action":
      // Loaded with the first action: most jobs have none, and start-up time counts.
      return async (run) => await (await import("./composite-step.ts")).runCompositeStep(run);
    case "unsupported": {
      const { what } = step.reference;
      return () =>
        Promise.reject(new Error(`This runner runs scripts and local composite actions only, not "${what}".`));
    }
    default:
      return step.reference satisfies never;
  }
}

/** Minutes; 0 for none. Parts of a minute count here, for tests' sake, though GitHub knows whole ones only. */
function readTimeout(options: StepOptions, view: StepView): number {
  const { job, level, step, console } = options;
  try {
    return evaluateNumber(step.timeoutInMinutes, scopeOf(job, level, view, "value")) ?? 0;
  } catch (error) {
    console.error("An error occurred when attempting to determine the step timeout.");
    console.error(messageOf(error));
    return 0;
  }
}

function continuesOnError(options: StepOptions, view: StepView): boolean {
  const { job, level, step, console } = options;
  try {
    return evaluateBoolean(step.continueOnError, scopeOf(job, level, view, "value"));
  } catch (error) {
    console.error("The step failed and an error occurred when attempting to determine whether to continue on error.");
    console.error(messageOf(error));
    return false;
  }
}

const words: Readonly<Record<JobResult, StepWord>> = {
  succeeded: "success",
  succeededWithIssues: "success",
  failed: "failure",
  canceled: "cancelled",
  abandoned: "failure",
  skipped: "skipped",
};

function record(options: StepOptions, outcome: JobResult, conclusion: JobResult): JobResult {
  if (isVisible(options.step.contextName)) {
    const entry = stepEntry(options.level, options.step.contextName);
    entry.outcome = words[outcome];
    entry.conclusion = words[conclusion];
  }
  return conclusion;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
