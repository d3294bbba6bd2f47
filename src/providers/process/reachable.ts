import { realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { RunnerSoftware } from "./runner-software.ts";

/** Folders of which each contained runner has its own, so that what lies there on this machine is not there for it. */
const ownFolders = ["/tmp", "/var/tmp", "/dev/shm"];

/** What of the software a contained runner must reach before the first launch. */
export interface NeededPaths {
  /** Programs and folders: to be read and entered or executed. */
  readonly used: readonly string[];
  /** Files that are only read. */
  readonly read: readonly string[];
}

export function neededPaths(software: RunnerSoftware): NeededPaths {
  const absolute = (words: readonly string[]) => words.filter((word) => word.startsWith("/"));
  switch (software.kind) {
    case "archive":
      return { used: [resolve(software.cacheDir)], read: [] };
    case "dir":
      return { used: [resolve(software.dir)], read: [] };
    case "command":
      return { used: absolute(software.command.slice(0, 1)), read: [] };
    case "minimal":
      // A JavaScript engine and its script.
      return { used: absolute(software.command.slice(0, 1)), read: absolute(software.command.slice(1)) };
    default:
      return software satisfies never;
  }
}

/** Why a contained runner cannot see what it needs; undefined when nothing hides it. */
export async function hiddenPath(needed: NeededPaths): Promise<string | undefined> {
  for (const path of [...needed.used, ...needed.read]) {
    const real = await realpath(path).catch(() => path);
    const own = ownFolders.find((folder) => real.startsWith(`${folder}/`));
    if (own !== undefined) return `${path} lies below ${own}, and each runner has a ${own} of its own`;
  }
  return undefined;
}

/** The highest folder on the way to `path` that not everybody may enter; undefined when all are open. */
export async function closedFolder(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  const above = parent === path ? undefined : await closedFolder(parent);
  if (above !== undefined) return above;
  try {
    const { mode } = await stat(path);
    return (mode & 0o001) === 0 ? path : undefined;
  } catch {
    return undefined;
  }
}
