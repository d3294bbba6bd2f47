import { readdirSync, readFileSync } from "node:fs";

export interface TrackedProcess {
  readonly pid: number;
  readonly name: string;
}

/**
 * Kills a process, its process group and all its descendants, those in sessions of their own included. Where there is no
 * /proc only the group is killed.
 */
export function killTree(pid: number): void {
  const victims = descendants(pid);
  kill(-pid);
  kill(pid);
  for (const victim of victims) kill(victim);
}

/** Processes that carry `name=value` in the environment they were started with. Linux only; empty elsewhere. */
export function processesWithMark(name: string, value: string): readonly TrackedProcess[] {
  const mark = `${name}=${value}`;
  return pids().flatMap((pid) => {
    const environment = read(pid, "environ");
    if (pid === process.pid || environment?.split("\0").includes(mark) !== true) return [];
    return [{ pid, name: read(pid, "comm")?.trimEnd() ?? "" }];
  });
}

/** Kills a process at once. One that is gone, or is not ours, is left alone. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already: that is what was wanted.
  }
}

function descendants(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const pid of pids()) {
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const next = children.get(pid) ?? [];
    found.push(...next);
    waiting.push(...next);
  }
  return found;
}

function parentOf(pid: number): number | undefined {
  // The command name may hold spaces and brackets: the fields start after the last one.
  const fields = read(pid, "stat")?.split(") ").at(-1)?.split(" ");
  return fields?.[1] === undefined ? undefined : Number(fields[1]);
}

function pids(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((entry) => /^[0-9]+$/.test(entry))
      .map(Number);
  } catch {
    return [];
  }
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return undefined; // Gone meanwhile, or another user's.
  }
}
