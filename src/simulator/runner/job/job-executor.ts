import { randomUUID } from "node:crypto";
import type { JobResult } from "../exit-code.ts";
import { createMasker } from "../log/masker.ts";
import { StepLog } from "../log/step-log.ts";
import type { RunnerClock } from "../runner-clock.ts";
import type { JobOutcome } from "../wire/run-service-client.ts";
import { entryText } from "./context-values.ts";
import { evaluateEnvironmentUrl, evaluateOutputs, terminateOrphans } from "./job-completion.ts";
import type { JobMessage, StepMessage } from "./job-message.ts";
import type { JobReporter } from "./job-reporter.ts";
import { setUpJob } from "./job-setup.ts";
import { isDebugOn, jobPaths, type JobState, type JobStop, messageContexts, type RunnerIdentity } from "./job-state.ts";
import { OutputPipes } from "./output-pipes.ts";
import { JobMatchers } from "./problem-scanner.ts";
import { runnerHook, type RunnerHook } from "./runner-hooks.ts";
import type { StepLevel } from "./scope.ts";
import { StepConsole } from "./step-console.ts";
import { plannedStepName, stepName } from "./step-name.ts";
import { stepOutcome, type StepRecord, stepRecord } from "./step-records.ts";
import { messageOf, runStep } from "./step-runner.ts";
import type { StepRun } from "./step-run.ts";

export interface ExecutorOptions {
  readonly message: JobMessage;
  readonly runner: RunnerIdentity;
  /** The runner's work folder, absolute. */
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: RunnerClock;
  readonly reporter: JobReporter;
  readonly stop: JobStop;
}

const shutdownMessage =
  "The runner has received a shutdown signal. This can happen when the runner service is stopped, or a manually started runner is canceled.";

/**
 * Runs a whole job and returns what is reported of it. Whatever goes wrong in it is the job's failure.
 *
 * @throws {Error} when the message lacks what every job needs, such as the repository's name; nothing has run then.
 */
export async function executeJob(options: ExecutorOptions): Promise<JobOutcome> {
  const job = createJob(options);
  const level = jobLevel(job);
  const hooks = {
    started: runnerHook("started", options.environment),
    completed: runnerHook("completed", options.environment),
  };
  const records = planRecords(job, level, hooks);
  const execution = new Execution(job, level, options.reporter);
  const finished = new AbortController();
  const markCanceled = (): void => {
    job.status = "cancelled";
    job.result = "canceled";
  };
  if (job.stop.cancel.aborted) markCanceled();
  else job.stop.cancel.addEventListener("abort", markCanceled, { once: true, signal: finished.signal });

  for (const record of records.all) options.reporter.stepChanged(record);
  const ready = await execution.whole(records.setUp, async (console) => {
    await setUpJob(job, level, console);
    return true;
  });
  if (records.started !== undefined && ready) await execution.hook(records.started);
  for (const { record, step } of records.steps) {
    if (ready) await execution.step(record, step);
    else execution.skip(record);
  }
  if (records.completed !== undefined && ready) await execution.hook(records.completed);
  let outputs: JobOutcome["outputs"] | undefined = {};
  let environmentUrl: string | null | undefined = null;
  await execution.whole(records.complete, async (console) => {
    if (ready) {
      outputs = evaluateOutputs(job, level, console);
      environmentUrl = evaluateEnvironmentUrl(job, level, console);
    }
    await terminateOrphans(job, console, job.clock);
    if (job.stop.shutdown.aborted) console.error(shutdownMessage);
    return outputs !== undefined && environmentUrl !== undefined;
  });
  finished.abort();
  job.pipes.close();
  await options.reporter.finish();
  const conclusion = job.stop.shutdown.aborted ? "failed" : (job.result ?? "succeeded");
  const stepResults = records.all.map(stepOutcome);
  const annotations = stepResults.flatMap((step) => step.annotations);
  return { conclusion, outputs: outputs ?? {}, environmentUrl: environmentUrl ?? null, stepResults, annotations };
}

/** Runs steps one after the other and keeps their records. */
class Execution {
  readonly #job: JobState;
  readonly #level: StepLevel;
  readonly #reporter: JobReporter;

  constructor(job: JobState, level: StepLevel, reporter: JobReporter) {
    this.#job = job;
    this.#level = level;
    this.#reporter = reporter;
  }

  /** A step of the runner's own, "Set up job" or "Complete job". @returns whether it succeeded. */
  async whole(record: StepRecord, work: (console: StepConsole) => Promise<boolean>): Promise<boolean> {
    return await this.#logged(record, async (console) => {
      this.#start(record);
      try {
        return (await work(console)) ? "succeeded" : "failed";
      } catch (error) {
        console.error(messageOf(error));
        this.#fail();
        return "failed";
      }
    });
  }

  async step(record: StepRecord, step: StepMessage): Promise<void> {
    await this.#run(record, step, undefined);
  }

  async hook(hook: { readonly record: StepRecord; readonly hook: RunnerHook }): Promise<void> {
    await this.#run(hook.record, hook.hook.step, hook.hook.handler);
  }

  skip(record: StepRecord): void {
    record.conclusion = "skipped";
    record.startedAtMs = record.completedAtMs = this.#job.clock.nowMs();
    this.#reporter.stepChanged(record);
  }

  async #run(
    record: StepRecord,
    step: StepMessage,
    handler: ((run: StepRun) => Promise<boolean>) | undefined,
  ): Promise<void> {
    await this.#logged(record, async (console) => {
      const conclusion = await runStep({
        job: this.#job,
        level: this.#level,
        step,
        console,
        depth: 0,
        uploadSummary: (content) => this.#reporter.summary(record.id, this.#job.masker.mask(content)),
        onName: (view) => {
          if (handler === undefined) record.name = stepName(step, this.#job, this.#level, view) ?? record.name;
          return record.name;
        },
        onStart: () => this.#start(record),
        runLevel: runInnerLevel,
        ...(handler === undefined ? {} : { handler }),
      });
      if (conclusion === "failed") this.#fail();
      return conclusion;
    });
  }

  async #logged(record: StepRecord, work: (console: StepConsole) => Promise<JobResult>): Promise<boolean> {
    const { clock, masker, debugOn } = this.#job;
    const sink = this.#reporter.openLog(record);
    const log = new StepLog({ masker, nowMs: () => clock.nowMs(), sink });
    const mask = (text: string): string => masker.mask(text);
    record.console = new StepConsole({ log, mask, debugOn });
    record.conclusion = await work(record.console);
    record.completedAtMs = clock.nowMs();
    record.startedAtMs ??= record.completedAtMs;
    record.logLineCount = log.lineCount;
    sink.close(log.lineCount);
    this.#reporter.stepChanged(record);
    return record.conclusion === "succeeded";
  }

  #start(record: StepRecord): void {
    record.startedAtMs = this.#job.clock.nowMs();
    this.#reporter.stepChanged(record);
  }

  #fail(): void {
    // A cancelled job stays cancelled, whatever its steps do afterwards.
    if (this.#job.result === "canceled") return;
    this.#job.result = "failed";
    this.#job.status = "failure";
  }
}

/** The steps of a composite action: in the log and the record of the step that called it. */
async function runInnerLevel(steps: readonly StepMessage[], level: StepLevel, parent: StepRun): Promise<void> {
  for (const step of steps) {
    const conclusion = await runStep({
      job: parent.job,
      level,
      step,
      onName: (view) => stepName(step, parent.job, level, view) ?? step.name,
      console: parent.console,
      uploadSummary: (content) => parent.target.uploadSummary(content),
      runLevel: parent.runLevel,
      depth: parent.depth + 1,
    });
    if (conclusion === "failed" || conclusion === "canceled") level.onFailure();
  }
}

function createJob(options: ExecutorOptions): JobState {
  const { message } = options;
  const contexts = messageContexts(message);
  const paths = jobPaths(options.workFolder, entryText(contexts.get("github"), "repository"));
  const masker = createMasker();
  for (const mask of message.masks) {
    if (mask.kind === "regex") masker.addPattern(mask.value);
    else masker.add(message.variables.get(mask.value)?.value ?? "");
  }
  for (const variable of message.variables.values()) {
    if (variable.isSecret) masker.add(variable.value);
  }
  masker.add(message.jobToken);
  return {
    message,
    runner: options.runner,
    paths,
    clock: options.clock,
    masker,
    pipes: new OutputPipes(paths.temporary),
    stop: options.stop,
    processEnvironment: options.environment,
    environment: new Map(),
    addedPaths: [],
    runDefaults: new Map(),
    contexts,
    matchers: new JobMatchers(),
    debugOn: isDebugOn(message, contexts),
    trackingId: `github_${randomUUID()}`,
    status: "success",
    result: undefined,
  };
}

function jobLevel(job: JobState): StepLevel {
  return {
    kind: "job",
    steps: new Map(),
    inputs: undefined,
    github: new Map(),
    environment: new Map(),
    cancel: job.stop.cancel,
    status: () => job.status,
    onFailure: () => undefined,
  };
}

function planRecords(
  job: JobState,
  level: StepLevel,
  hooks: { started: RunnerHook | undefined; completed: RunnerHook | undefined },
) {
  let number = 0;
  const next = (name: string, id: string = randomUUID()): StepRecord => stepRecord(id, ++number, name);
  const setUp = next("Set up job");
  const started = hooks.started && { record: next(hooks.started.displayName), hook: hooks.started };
  const steps = job.message.steps.map((step) => {
    return { step, record: next(plannedStepName(step, job, level) ?? step.name, step.id) };
  });
  const completed = hooks.completed && { record: next(hooks.completed.displayName), hook: hooks.completed };
  const complete = next("Complete job");
  const all = [
    setUp,
    ...(started ? [started.record] : []),
    ...steps.map((step) => step.record),
    ...(completed ? [completed.record] : []),
    complete,
  ];
  return { all, setUp, started, steps, completed, complete };
}
