import { exitCode } from "./exit-code.ts";
import { between, type RunnerClock } from "./runner-clock.ts";
import { RunnerExit } from "./session.ts";
import type { BrokerMessage } from "./wire/broker-client.ts";
import { OAuthError } from "./wire/runner-token.ts";
import { ServiceError } from "./wire/service-call.ts";

/** The session is not known any more: a new one has to be opened. */
export class SessionLost extends Error {
  override readonly name = "SessionLost";
}

const quickTries = 5;
const failuresMax = 10;
const emptyAtOnceMs = 50;

/** Polls until there is a message, with the official runner's patience when polls fail. */
export class MessagePoll {
  readonly #clock: RunnerClock;
  readonly #print: (line: string) => void;
  readonly #deprecatedExitCode: number;
  #failures = 0;

  constructor(options: {
    readonly clock: RunnerClock;
    readonly print: (line: string) => void;
    readonly deprecatedExitCode: number;
  }) {
    this.#clock = options.clock;
    this.#print = options.print;
    this.#deprecatedExitCode = options.deprecatedExitCode;
  }

  /**
   * @throws {RunnerExit} when the service ends this runner, or after ten failures in a row.
   * @throws {SessionLost} when the session is gone.
   */
  async next(poll: () => Promise<BrokerMessage | undefined>, signal: AbortSignal): Promise<BrokerMessage> {
    for (;;) {
      const startedAtMs = this.#clock.nowMs();
      try {
        const message = await poll();
        this.#failures = 0;
        if (message !== undefined) return message;
      } catch (error) {
        if (signal.aborted) throw error;
        this.#judge(error);
        await this.#clock.sleep(
          this.#failures <= quickTries ? between(5_000, 15_000) : between(30_000, 60_000),
          signal,
        );
        continue;
      }
      // A service that answers "nothing" at once instead of holding the request must not be asked without a pause.
      if (this.#clock.nowMs() - startedAtMs < emptyAtOnceMs) await this.#clock.sleep(1_000, signal);
    }
  }

  #judge(error: unknown): void {
    const kind = error instanceof ServiceError ? error.kind : "";
    const message = error instanceof Error ? error.message : String(error);
    switch (kind) {
      case "RunnerNotFound":
        throw new RunnerExit(exitCode.success, "The runner is not registered any more. It leaves.");
      case "HostedRunnerDeprovisioned":
        throw new RunnerExit(exitCode.success, "The runner was deprovisioned. It leaves.");
      case "RunnerVersionTooOld":
        throw new RunnerExit(this.#deprecatedExitCode, `This runner's version is too old for the service: ${message}`);
      case "RunnerSessionInvalid":
        throw new SessionLost(message);
      default:
    }
    if (error instanceof ServiceError && (error.status === 401 || error.status === 403)) {
      throw new RunnerExit(exitCode.terminatedError, `The service denies access to this runner: ${message}`);
    }
    if (error instanceof OAuthError && error.error === "invalid_client") {
      throw new RunnerExit(exitCode.terminatedError, "The runner registration has been deleted from the server.");
    }
    this.#failures += 1;
    if (this.#failures >= failuresMax)
      throw new RunnerExit(exitCode.retryableError, `Polling failed ${failuresMax} times in a row: ${message}`);
    this.#print(`Polling for a message failed, trying again: ${message}`);
  }
}
