import { readdir, readFile, readlink } from "node:fs/promises";
import { placeNumber } from "./place.ts";
import { hasEnded, parseProcessStat, type ProcessIdentity } from "./process-identity.ts";

/** The environment variable that names the instance a process belongs to: the path of its directory. */
export const instanceVariable = "DROVER_INSTANCE";

const atOnce = 16;

/**
 * Finds the processes of instances by what they inherited, for machines on which Drover may not make a cgroup. A process belongs to
 * an instance by any one of three marks:
 *
 * - the limit on file locks, set to a number made of the directory's path. Linux has enforced nothing by that limit since 2.4, every
 *   child inherits it, every user may read it, and a daemon that clears its environment, changes its directory, closes its files
 *   and starts a session of its own still has it;
 * - the environment variable DROVER_INSTANCE;
 * - a working directory inside the instance's directory.
 *
 * Calls that come while a scan runs share the next one, so that three hundred instances that end together cost a few scans.
 */
export class MarkScanner {
  #next: { readonly directories: Set<string>; readonly found: Promise<Found> } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** The living processes of the instance, of a scan that began after the call. */
  async find(directory: string): Promise<readonly ProcessIdentity[]> {
    if (this.#next === undefined) {
      const directories = new Set<string>();
      const found = this.#last.then(() => {
        this.#next = undefined;
        return scan(directories);
      });
      this.#last = found.catch(() => undefined);
      this.#next = { directories, found };
    }
    this.#next.directories.add(directory);
    return (await this.#next.found).get(directory) ?? [];
  }
}

type Found = ReadonlyMap<string, readonly ProcessIdentity[]>;

async function scan(directories: ReadonlySet<string>): Promise<Found> {
  const byNumber = new Map([...directories].map((directory) => [String(placeNumber(directory)), directory]));
  const found = new Map<string, ProcessIdentity[]>();
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  async function work(): Promise<void> {
    for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
      if (pid === String(process.pid)) continue;
      const stat = parseProcessStat(await orEmpty(readFile(`/proc/${pid}/stat`, "latin1")));
      if (stat === undefined || hasEnded(stat)) continue;
      for (const directory of await marksOf(pid, directories, byNumber)) {
        const identities = found.get(directory) ?? [];
        identities.push({ pid: stat.pid, startTicks: stat.startTicks });
        found.set(directory, identities);
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

/** What cannot be read bears no mark: the process ended in this moment, or it is another user's. */
async function orEmpty(reading: Promise<string>): Promise<string> {
  try {
    return await reading;
  } catch {
    return "";
  }
}

async function marksOf(
  pid: string,
  directories: ReadonlySet<string>,
  byNumber: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const [limits, environment, workingDirectory] = await Promise.all([
    orEmpty(readFile(`/proc/${pid}/limits`, "latin1")),
    orEmpty(readFile(`/proc/${pid}/environ`, "utf8")),
    orEmpty(readlink(`/proc/${pid}/cwd`)),
  ]);
  const belongsTo = new Set<string>();
  const limit = /^Max file locks\s+(\d+)/m.exec(limits)?.[1];
  const numbered = limit === undefined ? undefined : byNumber.get(limit);
  if (numbered !== undefined) belongsTo.add(numbered);
  const prefix = `${instanceVariable}=`;
  for (const variable of environment.split("\0")) {
    const named = variable.startsWith(prefix) ? variable.slice(prefix.length) : undefined;
    if (named !== undefined && directories.has(named)) belongsTo.add(named);
  }
  for (const directory of directories) {
    if (workingDirectory === directory || workingDirectory.startsWith(`${directory}/`)) belongsTo.add(directory);
  }
  return belongsTo;
}
