import { resolve } from "node:path";
import type { JobResult } from "./exit-code.ts";
import type { JitConfig } from "./jit-config.ts";
import { type JobMessage, readJobMessage } from "./job/job-message.ts";
import { between, type RunnerClock } from "./runner-clock.ts";
import { runnerArchitecture, runnerOs, runnerVersion } from "./wire/broker-client.ts";
import type { HttpClient } from "./wire/http-call.ts";
import { acquireJob, completeJob, type JobOutcome, type JobReference, renewJob } from "./wire/run-service-client.ts";
import { fixedToken } from "./wire/runner-token.ts";
import { createServiceCaller, type ServiceCaller, ServiceError } from "./wire/service-call.ts";

/** What running a job needs of the runner around it. */
export interface JobRunOptions {
  readonly config: JitConfig;
  readonly send: HttpClient;
  readonly runnerService: ServiceCaller;
  readonly clock: RunnerClock;
  /** The runner's root directory. */
  readonly workDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
  readonly verifyTls: boolean;
  /** The runner was told to leave. */
  readonly shutdown: AbortSignal;
  /** The runner leaves now: nothing more is waited for. */
  readonly kill: AbortSignal;
}

/** A job while it runs. */
export interface RunningJob {
  readonly jobId: string;
  /** Cancels as the service asked: gently, and by force shortly before `timeoutMs` is over. */
  cancel(timeoutMs: number): void;
  readonly finished: Promise<JobResult>;
  /** The simulator's fault F5: when the job is over the process stays, doing nothing. */
  readonly hangsAfterJob: boolean;
}

const acquireTries = 5;
const renewTries = 5;
const renewEveryMs = 60_000;
const completeTries = 10;
const cancelTimeoutMinMs = 60_000;
const forceBeforeEndMs = 15_000;

/** Asks for the job of a reference; undefined when it is gone or somebody else's, and the runner listens on. */
export async function takeJob(
  reference: JobReference,
  options: JobRunOptions,
  signal: AbortSignal,
): Promise<JobMessage | undefined> {
  const skipped = new Set([404, 409, 422]);
  try {
    const message = await retrying(
      acquireTries,
      { clock: options.clock, signal, giveUp: (error) => error instanceof ServiceError && skipped.has(error.status) },
      async () => await acquireJob(options.runnerService, reference, signal),
    );
    return readJobMessage(message);
  } catch (error) {
    if (signal.aborted) throw error;
    options.print(`${stamp(options.clock)}: The job was not taken: ${messageOf(error)}`);
    return undefined;
  }
}

/** Keeps the lease, runs the steps, reports the result. */
export function runJob(message: JobMessage, reference: JobReference, options: JobRunOptions): RunningJob {
  const cancel = new AbortController();
  const force = new AbortController();
  const finishedSignal = new AbortController();
  const stop = {
    cancel: cancel.signal,
    shutdown: options.shutdown,
    kill: AbortSignal.any([options.kill, force.signal]),
  };
  const finished = work().finally(() => finishedSignal.abort());

  async function work(): Promise<JobResult> {
    const service = createServiceCaller(options.send, fixedToken(message.jobToken), options.clock);
    const renewal = { service, runServiceUrl: reference.runServiceUrl, message, clock: options.clock };
    try {
      await renew(renewal, options.kill);
    } catch (error) {
      options.print(`${stamp(options.clock)}: Job ${message.jobDisplayName} is abandoned: ${messageOf(error)}`);
      return "abandoned";
    }
    options.print(`${stamp(options.clock)}: Running job: ${message.jobDisplayName}`);
    void keepRenewing(renewal, finishedSignal.signal).catch((error: unknown) => {
      if (finishedSignal.signal.aborted) return;
      options.print(`${stamp(options.clock)}: Job ${message.jobDisplayName} lost its lease: ${messageOf(error)}`);
      cancel.abort();
    });
    const outcome = await execute(message, service, stop, options);
    await report(message, service, outcome, options);
    options.print(
      `${stamp(options.clock)}: Job ${message.jobDisplayName} completed with result: ${shown(outcome.conclusion)}`,
    );
    return outcome.conclusion;
  }

  return {
    jobId: message.jobId,
    hangsAfterJob: message.hangsAfterJob,
    cancel(timeoutMs) {
      if (cancel.signal.aborted) return; // Sent again until the job ends.
      cancel.abort();
      const forceAfterMs = Math.max(timeoutMs, cancelTimeoutMinMs) - forceBeforeEndMs;
      void options.clock
        .sleep(forceAfterMs, finishedSignal.signal)
        .then(() => force.abort())
        .catch(() => undefined);
    },
    finished,
  };
}

async function execute(
  message: JobMessage,
  service: ServiceCaller,
  stop: { cancel: AbortSignal; shutdown: AbortSignal; kill: AbortSignal },
  options: JobRunOptions,
): Promise<JobOutcome> {
  const { clock, send, config } = options;
  // Loaded with the first job: a runner that only waits stays small and starts at once.
  const [{ executeJob }, { createResultsReporter }, { createResultsClient }, { createConsoleFeed }] = await Promise.all(
    [
      import("./job/job-executor.ts"),
      import("./job/results-reporter.ts"),
      import("./wire/results-client.ts"),
      import("./wire/console-feed.ts"),
    ],
  );
  const { resultsUrl, feedUrl, jobToken } = message;
  const results =
    resultsUrl === undefined || resultsUrl === ""
      ? undefined
      : createResultsClient({ baseUrl: resultsUrl, job: message, service, send, clock });
  const feed =
    feedUrl === undefined || feedUrl === ""
      ? undefined
      : createConsoleFeed({ url: feedUrl, jobToken, clock, verifyTls: options.verifyTls });
  const onFailure = (error: unknown): void => {
    if (!stop.kill.aborted)
      options.print(`${stamp(clock)}: A log or step state was not taken by the service: ${messageOf(error)}`);
  };
  const reporter = createResultsReporter({ results, feed, clock, kill: stop.kill, onFailure });
  const runner = {
    runnerName: config.runnerName,
    version: runnerVersion,
    os: runnerOs,
    architecture: runnerArchitecture,
  };
  const workFolder = resolve(options.workDirectory, config.workFolder);
  try {
    return await executeJob({ message, runner, workFolder, environment: options.environment, clock, reporter, stop });
  } catch (error) {
    // The message itself cannot be worked with: no step ran, and the job says why.
    await reporter.finish();
    const annotation = { level: "failure", message: messageOf(error) } as const;
    return { conclusion: "failed", outputs: {}, environmentUrl: null, stepResults: [], annotations: [annotation] };
  }
}

interface Renewal {
  readonly service: ServiceCaller;
  readonly runServiceUrl: string;
  readonly message: JobMessage;
  readonly clock: RunnerClock;
}

async function renew(renewal: Renewal, signal: AbortSignal): Promise<void> {
  const giveUp = (error: unknown): boolean => error instanceof ServiceError && error.status === 404;
  await retrying(renewTries, { clock: renewal.clock, signal, giveUp }, async () => {
    await renewJob(renewal.service, renewal.runServiceUrl, renewal.message, signal);
  });
}

async function keepRenewing(renewal: Renewal, signal: AbortSignal): Promise<never> {
  for (;;) {
    await renewal.clock.sleep(renewEveryMs, signal);
    await renew(renewal, signal);
  }
}

async function report(
  message: JobMessage,
  service: ServiceCaller,
  outcome: JobOutcome,
  options: JobRunOptions,
): Promise<void> {
  try {
    // Not bound to the cancellation of the job: what happened has to be told.
    await retrying(completeTries, { clock: options.clock, signal: options.kill, giveUp: isFinal }, async () => {
      await completeJob(service, message.systemUrl, message, outcome, options.kill);
    });
  } catch (error) {
    options.print(
      `${stamp(options.clock)}: The result of job ${message.jobDisplayName} was not taken: ${messageOf(error)}`,
    );
  }
}

/** A refusal that more tries do not change. */
function isFinal(error: unknown): boolean {
  return error instanceof ServiceError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

async function retrying<T>(
  tries: number,
  options: { readonly clock: RunnerClock; readonly signal: AbortSignal; readonly giveUp: (error: unknown) => boolean },
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (options.signal.aborted || attempt >= tries || options.giveUp(error)) throw error;
    }
    await options.clock.sleep(between(5_000, 15_000), options.signal);
  }
}

function shown(result: JobResult): string {
  return result.charAt(0).toUpperCase() + result.slice(1);
}

/** `2026-11-21 02:00:00Z`: how the listener's lines start. */
export function stamp(clock: RunnerClock): string {
  return new Date(clock.nowMs())
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
