import { exitCode } from "./exit-code.ts";
import type { RunnerClock } from "./runner-clock.ts";
import type { BrokerClient } from "./wire/broker-client.ts";
import { OAuthError } from "./wire/runner-token.ts";
import { ServiceError } from "./wire/service-call.ts";

/** The runner cannot go on; it ends with this exit code. */
export class RunnerExit extends Error {
  override readonly name = "RunnerExit";
  readonly exitCode: number;

  constructor(code: number, message: string) {
    super(message);
    this.exitCode = code;
  }
}

const retryEveryMs = 30_000;
const conflictPatienceMs = 4 * 60_000;
const clockSkewPatienceMs = 30 * 60_000;

/**
 * Opens the session, trying again every 30 s while that can help.
 *
 * @throws {RunnerExit} when it cannot: the registration is gone, access is denied, another session holds for 4 minutes.
 */
export async function openSession(
  broker: BrokerClient,
  options: { readonly clock: RunnerClock; readonly print: (line: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  const { clock, print, signal } = options;
  const startedAtMs = clock.nowMs();
  let conflictSinceMs: number | undefined;
  for (;;) {
    try {
      return await broker.openSession(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const conflict = error instanceof ServiceError && error.status === 409;
      conflictSinceMs = conflict ? (conflictSinceMs ?? clock.nowMs()) : undefined;
      throwIfFinal(error, clock.nowMs() - startedAtMs);
      if (conflictSinceMs !== undefined && clock.nowMs() - conflictSinceMs >= conflictPatienceMs) {
        throw new RunnerExit(exitCode.sessionConflict, "A session for this runner already exists.");
      }
      print(
        `Creating a session failed, next try in ${retryEveryMs / 1000} s: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    await clock.sleep(retryEveryMs, signal);
  }
}

function throwIfFinal(error: unknown, elapsedMs: number): void {
  if (error instanceof OAuthError) {
    const skewed = error.message.includes("Current server time is");
    if (error.error === "invalid_client") {
      throw new RunnerExit(
        exitCode.terminatedError,
        "Failed to create a session. The runner registration has been deleted from the server, please re-configure.",
      );
    }
    if (skewed && elapsedMs >= clockSkewPatienceMs) {
      throw new RunnerExit(exitCode.terminatedError, "The local machine's clock is out of sync with the server's.");
    }
  }
  if (error instanceof ServiceError && (error.status === 401 || error.status === 403)) {
    throw new RunnerExit(exitCode.terminatedError, `The service denies access to this runner: ${error.message}`);
  }
}
