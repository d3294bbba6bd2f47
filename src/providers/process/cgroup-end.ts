import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import type { Pauses } from "./pauses.ts";

/**
 * Ends every process in the cgroup and below it. Version 2 does that by itself (cgroup.kill, Linux 5.14). Without it the
 * cgroup is frozen, so that nothing can fork away between the list and the signal, everything in it is killed, and it is thawed
 * to die; where it cannot be frozen the list is simply taken until it is empty.
 *
 * @returns the processes that would not die within the bound: stuck in the kernel.
 */
export async function endCgroup(cgroup: string, pauses: Pauses): Promise<readonly number[]> {
  for (const pause of pauses()) {
    const tree = await subtree(cgroup);
    const pids = await processesOf(tree);
    if (pids.length === 0) return [];
    if (!(await write(join(cgroup, "cgroup.kill"), "1"))) {
      await freeze(tree, true);
      for (const pid of await processesOf(tree)) kill(pid);
      await freeze(tree, false);
    }
    await pause();
  }
  return processesOf(await subtree(cgroup));
}

/** Removes the cgroup and those that a job made below it. A cgroup whose last process has just ended can be busy for a moment. */
export async function removeCgroup(cgroup: string, pauses: Pauses): Promise<boolean> {
  for (const pause of pauses()) {
    let busy = false;
    for (const directory of [...(await subtree(cgroup))].reverse()) {
      try {
        await rmdir(directory);
      } catch (error) {
        if (systemCode(error) === "EBUSY") busy = true;
        else if (systemCode(error) !== "ENOENT") throw error;
      }
    }
    if (!busy) return true;
    await pause();
  }
  return false;
}

/** The cgroup and everything below it, parents first; empty when there is none. */
async function subtree(cgroup: string): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [cgroup];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      const entries = await readdir(next, { withFileTypes: true });
      found.push(next);
      for (const entry of entries) if (entry.isDirectory()) waiting.push(join(next, entry.name));
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
  return found;
}

async function processesOf(tree: readonly string[]): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (const cgroup of tree) {
    try {
      for (const line of (await readFile(join(cgroup, "cgroup.procs"), "latin1")).split("\n")) {
        // 0 is a process that this pid namespace cannot see.
        if (Number(line) > 0) pids.add(Number(line));
      }
    } catch (error) {
      if (systemCode(error) !== "ENOENT" && systemCode(error) !== "ENODEV") throw error;
    }
  }
  return [...pids];
}

async function freeze(tree: readonly string[], frozen: boolean): Promise<void> {
  for (const cgroup of tree) {
    await write(join(cgroup, "freezer.state"), frozen ? "FROZEN" : "THAWED");
    await write(join(cgroup, "cgroup.freeze"), frozen ? "1" : "0");
  }
}

/** False when this hierarchy has no such file. */
async function write(file: string, value: string): Promise<boolean> {
  try {
    await writeFile(file, value, { flag: "r+" });
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in this moment, or it is not ours to kill: the next list tells.
  }
}
