import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { execFile } from "node:child_process";
import type { Truth } from "../simulator/truth.ts";

/** A process that has to do with the demo's folder. */
export interface LeftoverProcess {
  readonly pid: number;
  /** Start time as the kernel counts it: with the pid it names one process for ever. Empty where there is no /proc. */
  readonly startTicks: string;
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

/**
 * Processes whose command line, environment, working directory or program names the folder. Every process of the demo inherits
 * at least one of these; where there is no /proc only command lines are seen.
 */
export async function processesOf(folder: string, exceptPids: ReadonlySet<number>): Promise<LeftoverProcess[]> {
  if (process.platform !== "linux") return await processesByCommandLine(folder, exceptPids);
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
  const [stat, commandLine, environment, cwd, exe] = await Promise.all([
    orEmpty(readFile(`/proc/${pid}/stat`, "latin1")),
    orEmpty(readFile(`/proc/${pid}/cmdline`, "utf8")),
    orEmpty(readFile(`/proc/${pid}/environ`, "utf8")),
    orEmpty(readlink(`/proc/${pid}/cwd`)),
    orEmpty(readlink(`/proc/${pid}/exe`)),
  ]);
  const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "" || state === "Z" || state === "X") return undefined;
  const isOurs =
    commandLine.includes(folder) || environment.includes(folder) || isWithin(cwd, folder) || isWithin(exe, folder);
  if (!isOurs) return undefined;
  const instance = /(?:^|\0)DROVER_INSTANCE=([^\0]+)/.exec(environment)?.[1];
  const words = commandLine.split("\0").slice(0, 3).join(" ").slice(0, 60);
  return {
    pid,
    startTicks: rest[18] ?? "",
    what: instance === undefined ? `process ${pid} (${words})` : basename(instance),
  };
}

async function orEmpty(reading: Promise<string>): Promise<string> {
  try {
    return await reading;
  } catch {
    return "";
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function processesByCommandLine(folder: string, exceptPids: ReadonlySet<number>): Promise<LeftoverProcess[]> {
  return new Promise((resolve, reject) => {
    execFile("ps", ["-axww", "-o", "pid=,command="], { maxBuffer: 8 * 1_048_576 }, (error, stdout) => {
      if (error !== null) return reject(error);
      const rows = stdout.split("\n").map((line) => /^\s*(\d+)\s+(.*)$/.exec(line));
      resolve(
        rows.flatMap((row) => {
          const pid = Number(row?.[1]);
          const command = row?.[2] ?? "";
          if (!command.includes(folder) || pid === process.pid || exceptPids.has(pid)) return [];
          return [{ pid, startTicks: "", what: `process ${pid} (${command.slice(0, 60)})` }];
        }),
      );
    });
  });
}

/** Ends what is left, by pid, each only while it is still the process that was found. */
export async function endProcesses(folder: string, found: readonly LeftoverProcess[]): Promise<void> {
  const now = new Map((await processesOf(folder, new Set())).map((one) => [one.pid, one.startTicks]));
  for (const { pid, startTicks } of found) {
    if (now.get(pid) !== startTicks) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
