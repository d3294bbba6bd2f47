import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import type { Truth } from "../simulator/truth.ts";

/** A process of the demo. */
export interface LeftoverProcess {
  readonly pid: number;
  /** Start time as the kernel counts it: with the pid it names one process for ever. */
  readonly startTicks: string;
  /** Whether it inherited the demo's mark: only then is it certainly ours, and may be ended. */
  readonly isMarked: boolean;
  /** The instance's directory name when the process belongs to one, else its first words. */
  readonly what: string;
}

/** What was found by looking: processes and directories of this machine, registrations of the simulator's truth. */
export interface Leftovers {
  readonly processes: readonly LeftoverProcess[];
  readonly directories: readonly string[];
  readonly registrations: readonly string[];
}

/** Everything that is left, each runner named once however much of it is left. */
export function leftoverRunners(leftovers: Leftovers): readonly string[] {
  return [
    ...new Set([
      ...leftovers.registrations,
      ...leftovers.directories.map((path) => basename(path)),
      ...leftovers.processes.map(({ what }) => what),
    ]),
  ];
}

/** @param ownPids the processes that are meant to run. */
export async function lookForLeftovers(
  folder: string,
  options: { readonly truth: Truth; readonly workRoot: string; readonly ownPids: ReadonlySet<number> },
): Promise<Leftovers> {
  const [processes, directories] = await Promise.all([
    processesOf(folder, options.ownPids),
    directoriesIn(options.workRoot),
  ]);
  const registrations = options.truth.runners.filter((runner) => runner.goneAt === null).map((runner) => runner.name);
  return { processes, directories, registrations };
}

/** Work directories: WORKROOT/INSTALLATION/RUNNER, hidden unfinished ones too. */
async function directoriesIn(workRoot: string): Promise<string[]> {
  const found: string[] = [];
  for (const installation of await entriesOf(workRoot)) {
    for (const runner of await entriesOf(join(workRoot, installation)))
      found.push(join(workRoot, installation, runner));
  }
  return found;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

/** Set for the two processes that the demo starts; what they start inherits it, unless they clear the environment. */
export const folderVariable = "DROVER_DEMO_FOLDER";
const instanceVariable = "DROVER_INSTANCE";

/**
 * The demo's processes: those that inherited a mark which names the folder, and those that work inside one instance's directory.
 * Nothing else that merely mentions the folder is one: a shell that stands in it or an editor that shows its drover.yaml is
 * somebody else's. Where there is no /proc no process can be told apart, and none is found.
 */
export async function processesOf(folder: string, exceptPids: ReadonlySet<number>): Promise<LeftoverProcess[]> {
  const found: LeftoverProcess[] = [];
  for (const name of await entriesOf("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || exceptPids.has(pid)) continue;
    const one = await inspect(pid, folder);
    if (one !== undefined) found.push(one);
  }
  return found;
}

async function inspect(pid: number, folder: string): Promise<LeftoverProcess | undefined> {
  const [stat, commandLine, environment, cwd] = await Promise.all([
    orEmpty(readFile(`/proc/${pid}/stat`, "latin1")),
    orEmpty(readFile(`/proc/${pid}/cmdline`, "utf8")),
    orEmpty(readFile(`/proc/${pid}/environ`, "utf8")),
    orEmpty(readlink(`/proc/${pid}/cwd`)),
  ]);
  const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "" || state === "Z" || state === "X") return undefined;
  const marks = new Map(environment.split("\0").map((each) => each.split(/=(.*)/s, 2) as [string, string]));
  const instance = marks.get(instanceVariable);
  const isMarked = marks.get(folderVariable) === folder || (instance ?? "").startsWith(folder + sep);
  if (!isMarked && !isInsideInstance(cwd, folder)) return undefined;
  const words = commandLine.split("\0").slice(0, 3).join(" ").slice(0, 60);
  return {
    pid,
    startTicks: rest[18] ?? "",
    isMarked,
    what: instance === undefined ? `process ${pid} (${words})` : basename(instance),
  };
}

/** WORKROOT/INSTALLATION/RUNNER or below. */
function isInsideInstance(path: string, folder: string): boolean {
  return path.startsWith(join(folder, "work") + sep) && relative(join(folder, "work"), path).split(sep).length >= 2;
}

async function orEmpty(reading: Promise<string>): Promise<string> {
  try {
    return await reading;
  } catch {
    return "";
  }
}

/** Ends what is left and bears a mark, by pid, each only while it is still the process that was found. */
export async function endProcesses(folder: string, found: readonly LeftoverProcess[]): Promise<void> {
  const now = new Map((await processesOf(folder, new Set())).map((one) => [one.pid, one.startTicks]));
  for (const { pid, startTicks, isMarked } of found) {
    if (!isMarked || now.get(pid) !== startTicks) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
