import { readFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ProcessSetupError } from "./errors.ts";

/** The user that jobs run as. */
export interface RunnerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

const run = promisify(execFile);

/**
 * Looks the user up as the machine does (files, LDAP, ...).
 *
 * @throws {ProcessSetupError} there is no such user, or it is root.
 */
export async function findUser(name: string, signal: AbortSignal): Promise<RunnerUser> {
  const entry = (await passwdByGetent(name, signal)) ?? (await passwdByFile(name));
  const [, , uid, gid, , home] = entry?.split(":") ?? [];
  if (uid === undefined || gid === undefined || home === undefined) {
    throw new ProcessSetupError(
      `There is no user "${name}" on this machine, so no runner can run as it. Drover does not start. ` +
        `Make it with: useradd --system --create-home ${name}`,
      { setting: "user" },
    );
  }
  if (Number(uid) === 0) {
    throw new ProcessSetupError(
      `The user "${name}" is root, from whom nothing can be kept. Drover does not start. Name another user, or none.`,
      { setting: "user" },
    );
  }
  return { name, uid: Number(uid), gid: Number(gid), home };
}

async function passwdByGetent(name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await run("getent", ["passwd", name], { signal })).stdout.trim() || undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function passwdByFile(name: string): Promise<string | undefined> {
  return (await readFile("/etc/passwd", "utf8")).split("\n").find((line) => line.startsWith(`${name}:`));
}
