import { readFileSync } from "node:fs";
import { exitCode } from "./exit-code.ts";
import { runMinimalRunner } from "./main.ts";

const variable = "ACTIONS_RUNNER_INPUT_JITCONFIG";

/**
 * Runs the minimal runner as this process: the JIT config comes from the file descriptor or from
 * ACTIONS_RUNNER_INPUT_JITCONFIG, which is removed from the environment; SIGINT and SIGTERM end it.
 *
 * @returns the exit code; 143 after SIGTERM.
 */
export async function runMinimalRunnerProcess(options: {
  /** Descriptor to read the encoded JIT config from, to its end; the environment is used when absent. */
  readonly jitConfigFd?: number;
  /** The runner's root directory. Default: the current directory. */
  readonly workDirectory?: string;
}): Promise<number> {
  const jitConfig = takeJitConfig(options.jitConfigFd);
  if (jitConfig === undefined) {
    process.stderr.write(
      `sim-runner got no JIT config. Give it in the environment variable ${variable} or with --jitconfig-fd; ` +
        "it is a secret and is not taken from the command line.\n",
    );
    return exitCode.terminatedError;
  }
  const interrupt = new AbortController();
  const terminate = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  const onTerminate = (): void => terminate.abort();
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  try {
    return await runMinimalRunner({
      jitConfig,
      workDirectory: options.workDirectory ?? process.cwd(),
      environment: process.env,
      interrupt: interrupt.signal,
      terminate: terminate.signal,
      stdout: process.stdout,
    });
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
  }
}

function takeJitConfig(fd: number | undefined): string | undefined {
  const given = process.env[variable];
  delete process.env[variable];
  const value = fd === undefined ? given : readFileSync(fd, "utf8");
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}
