import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { InstancePlace } from "./place.ts";

/**
 * Starts the keeper in a session and process group of its own, its output in a file, and hands the credential over through its standard
 * input. Resolves when the process exists and has been given everything; it needs nothing more of Drover from then on.
 */
export async function startKeeper(
  place: InstancePlace,
  options: {
    /** The shell, and what comes before it. */
    readonly shell: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly secret: string;
    readonly onExit: () => void;
  },
): Promise<void> {
  const log = openSync(place.log, "a", 0o600);
  let child: ChildProcess;
  try {
    const [program = "/bin/sh", ...args] = options.shell;
    child = spawn(program, [...args, place.keeper], {
      cwd: place.directory,
      env: { ...options.environment },
      detached: true,
      stdio: ["pipe", log, log],
    });
    child.once("exit", options.onExit);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
  } finally {
    closeSync(log);
  }
  child.unref();
  await new Promise<void>((resolve) => {
    // A keeper that is gone already has said why in the log; its end is what `listOwned` shows.
    child.stdin?.once("error", () => resolve());
    child.stdin?.end(`${options.secret}\n`, () => resolve());
  });
}
