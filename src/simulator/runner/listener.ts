import { exitCode, exitCodeOfJob } from "./exit-code.ts";
import type { JobRunOptions, RunningJob } from "./job-run.ts";
import { runJob, stamp, takeJob } from "./job-run.ts";
import { MessagePoll, SessionLost } from "./message-poll.ts";
import { openSession, RunnerExit } from "./session.ts";
import { type BrokerClient, type BrokerMessage, runnerVersion } from "./wire/broker-client.ts";
import { flag, parseJson, text } from "./wire/json-fields.ts";
import type { JobReference } from "./wire/run-service-client.ts";
import type { TokenSource } from "./wire/runner-token.ts";
import { ServiceError } from "./wire/service-call.ts";

export interface ListenerOptions extends JobRunOptions {
  readonly broker: BrokerClient;
  readonly tokens: TokenSource;
  /** 7 or 1, as the environment wants it. */
  readonly deprecatedExitCode: number;
  /** Exit with 100 + result once a job ran. */
  readonly exitWithJobResult: boolean;
}

/**
 * The life of an ephemeral runner: a session, polls until a job comes, the job, and the end of the session. Polling goes
 * on while the job runs: that is how its cancellation arrives.
 *
 * @returns the exit code.
 * @throws {RunnerExit} when the service ends the runner.
 */
export async function listen(options: ListenerOptions): Promise<number> {
  const { broker, clock, print, shutdown } = options;
  const poll = new MessagePoll({ clock, print, deprecatedExitCode: options.deprecatedExitCode });
  let sessionId = await openSession(broker, { clock, print, signal: shutdown });
  print("\n√ Connected to GitHub\n");
  print(`Current runner version: '${runnerVersion}'`);
  print(`${stamp(clock)}: Listening for Jobs`);

  let job: RunningJob | undefined;
  // One signal per poll: a change between Online and Busy ends the poll in flight.
  while (job === undefined) {
    shutdown.throwIfAborted();
    const message = await nextMessage("Online", shutdown);
    if (message === undefined) continue;
    job = await handleIdle(message, sessionId, options);
  }
  const result = await accompany(job);
  if (job.hangsAfterJob) await hang(shutdown);
  await closeSession(options);
  return options.exitWithJobResult ? exitCodeOfJob(result) : exitCode.success;

  async function nextMessage(status: "Online" | "Busy", signal: AbortSignal): Promise<BrokerMessage | undefined> {
    try {
      return await poll.next(async () => await broker.poll(sessionId, status, signal), signal);
    } catch (error) {
      if (!(error instanceof SessionLost)) throw error;
      if (options.config.skipSessionRecover)
        throw new RunnerExit(exitCode.terminatedError, "The session is not valid any more.");
      sessionId = await openSession(broker, { clock, print, signal });
      return undefined;
    }
  }

  async function accompany(running: RunningJob): Promise<Awaited<RunningJob["finished"]>> {
    const over = new AbortController();
    // A runner told to leave stops polling at once, and only then ends its job.
    const polling = pollWhileBusy(running, AbortSignal.any([over.signal, shutdown]));
    const outcome = await running.finished;
    over.abort();
    await polling;
    return outcome;
  }

  async function pollWhileBusy(running: RunningJob, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const message = await nextMessage("Busy", signal);
        if (message !== undefined) handleBusy(message, running, options);
      }
    } catch (error) {
      // The job goes on without further messages; its result is reported with its own token.
      if (!signal.aborted)
        print(`Polling ended while the job runs: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** A message while no job runs. @returns the job it brought, if it brought one that could be taken. */
async function handleIdle(
  message: BrokerMessage,
  sessionId: string,
  options: ListenerOptions,
): Promise<RunningJob | undefined> {
  const body = parseJson(message.body);
  switch (message.messageType) {
    case "RunnerJobRequest": {
      const reference = readReference(body);
      if (reference.shouldAcknowledge) await acknowledge(reference, sessionId, options);
      const job = await takeJob(reference, options, options.shutdown);
      return job === undefined ? undefined : runJob(job, reference, options);
    }
    case "RunnerShutdown":
      throw new RunnerExit(
        exitCode.success,
        `The service shuts this runner down: ${text(body, "reason") ?? "no reason given"}`,
      );
    default:
      handleAny(message, options);
      return undefined;
  }
}

function handleBusy(message: BrokerMessage, job: RunningJob, options: ListenerOptions): void {
  const body = parseJson(message.body);
  switch (message.messageType) {
    case "JobCancellation":
      if (text(body, "jobId")?.toLowerCase() === job.jobId.toLowerCase())
        job.cancel(readTimeSpan(text(body, "timeout") ?? ""));
      return;
    case "RunnerShutdown":
      job.cancel(0);
      return;
    case "RunnerJobRequest":
      options.print("A second job was offered while one runs; an ephemeral runner takes one only.");
      return;
    default:
      handleAny(message, options);
  }
}

function handleAny(message: BrokerMessage, options: ListenerOptions): void {
  if (message.messageType === "ForceTokenRefresh") options.tokens.drop();
  else options.print(`A message of type "${message.messageType}" was left aside.`);
}

async function acknowledge(reference: JobReference, sessionId: string, options: ListenerOptions): Promise<void> {
  try {
    await options.broker.acknowledge(sessionId, reference.runnerRequestId, "Online", options.shutdown);
  } catch (error) {
    if (error instanceof ServiceError && error.kind === "AcknowledgeJobNotFound") {
      throw new RunnerExit(
        exitCode.success,
        "The job was withdrawn before it was acknowledged. An ephemeral runner leaves then.",
      );
    }
    // Best effort: the job is asked for anyway.
    options.print(`The job was not acknowledged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Stays until it is told to leave; the timer only keeps the process alive. */
async function hang(shutdown: AbortSignal): Promise<void> {
  if (shutdown.aborted) return;
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => shutdown.addEventListener("abort", () => resolve(), { once: true }));
  clearInterval(alive);
}

const closeWithinMs = 10_000;

/** Ends the session whatever became of the runner; a refusal changes nothing. */
export async function closeSession(options: Pick<ListenerOptions, "broker" | "kill" | "clock">): Promise<void> {
  const done = new AbortController();
  const late = new AbortController();
  void options.clock
    .sleep(closeWithinMs, done.signal)
    .then(() => late.abort())
    .catch(() => undefined);
  await options.broker.closeSession(AbortSignal.any([options.kill, late.signal])).catch(() => undefined);
  done.abort();
}

function readReference(body: unknown): JobReference {
  const url = text(body, "run_service_url") ?? "";
  return {
    runnerRequestId: text(body, "runner_request_id") ?? "",
    runServiceUrl: url.endsWith("/") ? url : `${url}/`,
    shouldAcknowledge: flag(body, "should_acknowledge"),
    billingOwnerId: text(body, "billing_owner_id"),
  };
}

/** `[d.]hh:mm:ss[.fff]`, .NET's form of a time span, in milliseconds; 0 for anything else. */
function readTimeSpan(value: string): number {
  const match = /^(?:(\d+)\.)?(\d+):(\d+):(\d+)(?:\.\d+)?$/.exec(value);
  if (match === null) return 0;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number((part as string | undefined) ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
