import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../bin/drover.js", import.meta.url));
const lastLinesShown = 12;

/** A `drover` command in a process of its own, in its own session: a Ctrl-C at the terminal reaches the demo alone. */
export interface Child {
  readonly pid: number;
  readonly isOver: () => boolean;
  /** Resolves with how it ended; never rejects. */
  readonly over: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  signal(name: NodeJS.Signals): void;
  /** Its last lines, for a person who must find out why it ended. */
  lastLines(): string;
}

/** @throws the system's error when no process can be started. */
export async function startChild(
  args: readonly string[],
  options: {
    readonly folder: string;
    readonly logFile: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Child> {
  const log = openSync(options.logFile, "a", 0o600);
  try {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: options.folder,
      detached: true,
      env: { ...options.environment },
      stdio: ["ignore", log, log],
    });
    let isOver = false;
    const over = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once("exit", (code, signal) => {
        isOver = true;
        resolve({ code, signal });
      });
    });
    await new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return {
      pid: child.pid ?? 0,
      isOver: () => isOver,
      over,
      // The handle knows whether the process was reaped, so this can never reach a stranger with the same pid.
      signal: (name) => void (isOver || child.kill(name)),
      lastLines: () => readFileSync(options.logFile, "utf8").trimEnd().split("\n").slice(-lastLinesShown).join("\n"),
    };
  } finally {
    closeSync(log);
  }
}

/** Sends each signal in turn, waiting before the next one; true once the process is gone. */
export async function endChild(
  child: Child,
  steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[],
): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    if (child.isOver()) return true;
    child.signal(signal);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, waitMs)));
    await Promise.race([child.over, timeout]);
    clearTimeout(timer);
  }
  return child.isOver();
}
