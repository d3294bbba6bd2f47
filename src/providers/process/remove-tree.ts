import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { lstat, rm, rmdir } from "node:fs/promises";
import { StopError, systemCode } from "./errors.ts";
import type { InstancePlace } from "./place.ts";

const run = promisify(execFile);

/**
 * Removes a directory with everything in it, whatever a job has made of it: names of odd bytes, trees deeper than a path may be long,
 * directories without permissions. Symbolic links are removed, never followed; other file systems mounted inside are refused,
 * because what is mounted there may be half of the machine. GNU rm does that with directory descriptors, outside of this process.
 *
 * @throws {StopError} something remains, for example root's files left by a container, when Drover is not root.
 */
export async function removeTree(directory: string): Promise<void> {
  try {
    await rmdir(directory);
    return;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
  }
  const first = await attempt("rm", ["-rf", "--one-file-system", "--", directory]);
  if (await removed(directory)) return;
  await attempt("chmod", ["-R", "u+rwX", "--", directory]);
  const second = await attempt("rm", ["-rf", "--one-file-system", "--", directory]);
  if (await removed(directory)) return;
  throw new StopError(
    `${directory} could not be removed: ${(second ?? first ?? "rm failed").slice(0, 500)}. Drover tries again. ` +
      "Remove it by hand, as root if its files belong to another user; lsof and mount show what holds it.",
  );
}

async function removed(directory: string): Promise<boolean> {
  try {
    await lstat(directory);
    return false;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return true;
    throw error;
  }
}

/**
 * Removes an instance's directory: what the runner could reach first, the record last, so that a removal that fails or is cut off leaves
 * a directory that still says whose it is.
 */
export async function removePlace(place: InstancePlace): Promise<void> {
  await removeTree(place.home);
  await removeTree(place.tmp);
  for (const file of [place.log, place.life, place.keeper]) {
    await rm(file, { force: true });
  }
  await removeTree(place.directory);
}

/** The last line of the complaint; undefined when the program was content. */
async function attempt(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await run(program, [...args], { maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env["PATH"], LC_ALL: "C" } });
    return undefined;
  } catch (error) {
    const complaint = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return complaint.trim().split("\n").at(-1);
  }
}
