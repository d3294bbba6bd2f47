import { mkdir } from "node:fs/promises";
import { exitCode } from "./exit-code.ts";
import { decodeJitConfig, JitConfigError } from "./jit-config.ts";
import { closeSession, listen } from "./listener.ts";
import { type RunnerClock, systemClock } from "./runner-clock.ts";
import { RunnerExit } from "./session.ts";
import { createBrokerClient } from "./wire/broker-client.ts";
import { createHttpClient } from "./wire/http-call.ts";
import { createRunnerToken } from "./wire/runner-token.ts";
import { createServiceCaller } from "./wire/service-call.ts";

export interface MinimalRunnerOptions {
  /** The encoded JIT config. A secret: hand it over by environment or file descriptor, never in an argument vector. */
  readonly jitConfig: string;
  /** The runner's root directory; the work folder is made below it. */
  readonly workDirectory: string;
  /** What jobs inherit. `ACTIONS_RUNNER_INPUT_*` is taken out of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** SIGINT: leave as soon as the running step could be ended, however long that takes; exit code 0. */
  readonly interrupt: AbortSignal;
  /** SIGTERM: the same, but the runner is gone after at most 30 s; exit code 143. */
  readonly terminate: AbortSignal;
  /** The listener's lines, in the official runner's words. */
  readonly stdout: { write(text: string): unknown };
  readonly clock?: RunnerClock;
}

const terminateWithinMs = 30_000;

/**
 * Runs one ephemeral runner to its end, as GitHub's official runner does with `--jitconfig`: one job, then exit.
 *
 * @returns the exit code: 0 done, removed or interrupted; 1 the config or the registration is no good; 2 the service could
 * not be reached for long; 5 another session holds; 7 (when enabled) version refused; 143 terminated.
 */
export async function runMinimalRunner(options: MinimalRunnerOptions): Promise<number> {
  const code = await runToEnd(options);
  return options.terminate.aborted ? exitCode.terminated : code;
}

async function runToEnd(options: MinimalRunnerOptions): Promise<number> {
  const clock = options.clock ?? systemClock;
  const print = (line: string): void => {
    options.stdout.write(`${line}\n`);
  };
  const environment = jobEnvironment(options.environment);
  const verifyTls = environment["GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY"] !== "1";
  const http = createHttpClient({ verifyTls });
  const kill = new AbortController();
  const finished = new AbortController();
  const shutdown = AbortSignal.any([options.interrupt, options.terminate]);
  limitTermination(options.terminate, clock, finished.signal, () => kill.abort());
  try {
    const config = decodeJitConfig(options.jitConfig);
    await mkdir(options.workDirectory, { recursive: true });
    const tokens = createRunnerToken(config, http.send, clock);
    const runnerService = createServiceCaller(http.send, tokens, clock);
    const broker = createBrokerClient(config, runnerService);
    try {
      return await listen({
        config,
        send: http.send,
        runnerService,
        broker,
        tokens,
        clock,
        workDirectory: options.workDirectory,
        environment,
        print,
        verifyTls,
        shutdown,
        kill: kill.signal,
        deprecatedExitCode:
          environment["ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE"] === "1"
            ? exitCode.runnerVersionDeprecated
            : exitCode.terminatedError,
        exitWithJobResult: environment["ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED"]?.toLowerCase() === "true",
      });
    } catch (error) {
      if (!shutdown.aborted) throw error;
      print("Exiting...");
      await closeSession({ broker, kill: kill.signal, clock });
      return exitCode.success;
    }
  } catch (error) {
    if (error instanceof RunnerExit || error instanceof JitConfigError) {
      print(error.message);
      return error instanceof RunnerExit ? error.exitCode : exitCode.terminatedError;
    }
    print(`The runner failed: ${error instanceof Error ? error.message : String(error)}`);
    return exitCode.retryableError;
  } finally {
    finished.abort();
    http.close();
  }
}

/** After SIGTERM the runner is gone in bounded time, whatever the job does. */
function limitTermination(terminate: AbortSignal, clock: RunnerClock, finished: AbortSignal, kill: () => void): void {
  const start = (): void => {
    void clock
      .sleep(terminateWithinMs, finished)
      .then(kill)
      .catch(() => undefined);
  };
  if (terminate.aborted) start();
  else terminate.addEventListener("abort", start, { once: true, signal: finished });
}

/** The environment jobs inherit: the runner's, without what was meant for the runner alone. */
function jobEnvironment(environment: MinimalRunnerOptions["environment"]): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("ACTIONS_RUNNER_INPUT_"),
  );
  return Object.fromEntries(entries);
}
