import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const program = fileURLToPath(new URL("../../bin/drover.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running `drover` command in a session of its own, its output in files. */
export interface DroverProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly isOver: () => boolean;
  /** It ended by itself with an error. */
  readonly hasFailed: () => boolean;
  kill(signal: NodeJS.Signals): void;
  stdout(): string;
  stderr(): string;
}

export function startDrover(
  args: readonly string[],
  options: { readonly folder: string; readonly name: string; readonly environment?: Readonly<Record<string, string>> },
): DroverProcess {
  const outFile = join(options.folder, `${options.name}.out`);
  const errFile = join(options.folder, `${options.name}.err`);
  const out = openSync(outFile, "w");
  const err = openSync(errFile, "w");
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    cwd: options.folder,
    detached: true,
    env: { ...process.env, NO_COLOR: "1", ...options.environment },
    stdio: ["ignore", out, err],
  });
  closeSync(out);
  closeSync(err);
  let over = false;
  let code: number | null = null;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (exitCode, signal) => {
      over = true;
      code = exitCode;
      resolve({ code: exitCode, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    isOver: () => over,
    hasFailed: () => over && (code === 1 || code === 2),
    kill: (signal) => void (over || child.kill(signal)),
    stdout: () => readFileSync(outFile, "utf8"),
    stderr: () => readFileSync(errFile, "utf8"),
  };
}

/** Runs a command to its end. */
export async function runDrover(
  args: readonly string[],
  options: { readonly folder: string; readonly environment?: Readonly<Record<string, string>> },
): Promise<Ended & { readonly stdout: string; readonly stderr: string }> {
  const drover = startDrover(args, {
    ...options,
    name: `run-${args
      .join("-")
      .replace(/[^a-z-]/gi, "_")
      .slice(0, 60)}`,
  });
  const ended = await drover.ended;
  return { ...ended, stdout: drover.stdout(), stderr: drover.stderr() };
}
