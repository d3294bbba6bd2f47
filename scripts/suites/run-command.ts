import { spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { fileURLToPath } from "node:url";

export interface CommandEnd {
  /** Null when it died of a signal. */
  readonly exitCode: number | null;
  /** Stdout and stderr as they came; the last 4 MiB of them. */
  readonly output: string;
  readonly seconds: number;
}

const keptCharacters = 4 * 1_048_576;
const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Runs a command in the repository's folder. Programs of `node_modules/.bin` are found first, so that the Node.js of this
 * repository runs whatever Node the machine has.
 *
 * @param options.show whether its output appears while it runs.
 * @param options.timeoutMs after which the command and all it started are killed.
 */
export async function runCommand(
  command: readonly [string, ...string[]],
  options: {
    readonly show: boolean;
    readonly timeoutMs: number;
    readonly environment?: Readonly<Record<string, string>>;
  },
): Promise<CommandEnd> {
  const [file, ...args] = command;
  const startedAtMs = performance.now();
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env["PATH"] ?? ""}`, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that nothing it started outlives it.
    detached: true,
  });
  let output = "";
  for (const [stream, target] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    const decoder = new StringDecoder("utf8");
    stream.on("data", (chunk: Buffer) => {
      output = (output + decoder.write(chunk)).slice(-keptCharacters);
      if (options.show) target.write(chunk);
    });
  }
  const killAll = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
  const timer = setTimeout(() => {
    output += `\nkilled after ${Math.round(options.timeoutMs / 1000)} s without an end`;
    killAll();
  }, options.timeoutMs);
  const onSignal = (): void => {
    killAll();
    process.exit(130);
  };
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const exitCode = await new Promise<number | null>((resolve) => {
      child.on("error", (error) => {
        output += `\n${error.message}`;
        resolve(null);
      });
      child.on("close", (code) => resolve(code));
    });
    return { exitCode, output, seconds: (performance.now() - startedAtMs) / 1000 };
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    killAll();
  }
}
