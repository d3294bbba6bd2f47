import { nilSessionId, type MessageSession } from "./message-session.ts";
import type { JobCompleted, JobStarted, ScaleSetMessage } from "./messages.ts";
import type { CallOptions } from "./ports.ts";
import { isServiceError } from "./service-error.ts";
import type { Statistics } from "./statistics.ts";

/** The callbacks of GitHub's own listener. */
export interface ParityHandler {
  /** Asked before each poll. */
  maxRunners(): number;
  jobStarted(job: JobStarted): Promise<void> | void;
  jobCompleted(job: JobCompleted): Promise<void> | void;
  /** Told the number of assigned jobs; answers with the number of runners that it will have. */
  desiredRunnerCount(assignedJobs: number): Promise<number> | number;
}

/**
 * Listens exactly as GitHub's own listener does: acknowledge first, then acquire, started, completed, desired count; any
 * failure ends it. For comparison and for programs that move over from there; {@link Listener} loses nothing in a crash.
 *
 * @throws {Error} the session is unusable, or the signal's reason when it fires.
 * @throws {ServiceError} a call failed.
 */
export async function listenInParity(
  session: MessageSession,
  handler: ParityHandler,
  { signal }: CallOptions,
): Promise<never> {
  if (session.sessionId === nilSessionId) throw new Error("initial session is nil");
  if (session.statistics === null) throw new Error("session statistics is nil");
  let statistics: Statistics = session.statistics;
  let lastMessageId = 0;
  await handler.desiredRunnerCount(statistics.totalAssignedJobs);
  for (;;) {
    signal.throwIfAborted();
    const message = await poll(session, lastMessageId, handler.maxRunners(), signal);
    if (message === null) {
      await handler.desiredRunnerCount(statistics.totalAssignedJobs);
      continue;
    }
    lastMessageId = message.messageId;
    statistics = message.statistics ?? statistics;
    await handle(session, message, statistics, handler);
  }
}

async function poll(
  session: MessageSession,
  lastMessageId: number,
  capacity: number,
  signal: AbortSignal,
): Promise<ScaleSetMessage | null> {
  try {
    return await session.getMessage({ lastMessageId, capacity }, { signal });
  } catch (error) {
    throw isServiceError(error) ? error.prefixed("failed to get message") : error;
  }
}

// What has begun is finished whatever happens to the signal of the run.
async function handle(
  session: MessageSession,
  message: ScaleSetMessage,
  statistics: Statistics,
  handler: ParityHandler,
): Promise<void> {
  const { signal } = new AbortController();
  try {
    await session.deleteMessage(message.messageId, { signal });
    const offered = message.jobs.filter((job) => job.messageType === "JobAvailable");
    if (offered.length > 0) {
      const ids = offered.map((job) => job.runnerRequestId);
      await session.acquireJobs(ids, { signal });
    }
    for (const job of message.jobs) if (job.messageType === "JobStarted") await handler.jobStarted(job);
    for (const job of message.jobs) if (job.messageType === "JobCompleted") await handler.jobCompleted(job);
    await handler.desiredRunnerCount(statistics.totalAssignedJobs);
  } catch (error) {
    throw isServiceError(error) ? error.prefixed("failed to handle message") : error;
  }
}
