import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseCgroupMounts, type CgroupMount } from "./cgroup-mounts.ts";
import { messageOf, systemCode } from "./errors.ts";
import { placeNumber } from "./place.ts";

/** What one instance may use at most. */
export interface Limits {
  /** Processors: 0.5 is half of one. */
  readonly cpu?: number;
  readonly memoryBytes?: number;
}

type Purpose = "tracking" | "cpu" | "memory";

/** A hierarchy in which Drover may make cgroups, and the directory it makes them in. */
interface Hierarchy {
  readonly purpose: Purpose;
  readonly version: 1 | 2;
  readonly base: string;
}

/** The cgroups of one instance: their paths follow from its directory alone, so that they are found without any record. */
export interface InstanceCgroups {
  /** Holds every process of the instance and can be emptied for good; undefined where Drover may make no cgroup. */
  readonly tracking: string | undefined;
  /** All of them, the tracking one first. */
  readonly directories: readonly string[];
}

/** The cgroups that a provider makes for its instances. */
export interface CgroupMaker {
  /** Why something is not possible here, in a person's words. */
  readonly problems: ReadonlyMap<string, string>;
  of(directory: string): InstanceCgroups;
  /** The files through which the instance's first process joins its cgroups. */
  procsOf(directory: string, limits: Limits): readonly string[];
  /** Makes the cgroups of one instance, limits set. */
  create(directory: string, limits: Limits): Promise<void>;
  /**
   * Removes empty cgroups made before `bornBeforeMs`: their instances' directories were removed by somebody else. The kernel refuses to
   * remove one that holds a process, and a younger one may be about to be joined.
   */
  sweep(bornBeforeMs: number): Promise<void>;
}

const cpuPeriodUs = 100_000;

/**
 * The cgroups that this Drover may make. On version 1 the controllers live in separate hierarchies; wherever version 2 is mounted,
 * even without a single controller, its cgroup.kill ends a whole tree at once, so it is the first choice for tracking.
 */
export class Cgroups implements CgroupMaker {
  readonly #hierarchies: readonly Hierarchy[];
  readonly problems: ReadonlyMap<Purpose, string>;

  private constructor(hierarchies: readonly Hierarchy[], problems: ReadonlyMap<Purpose, string>) {
    this.#hierarchies = hierarchies;
    this.problems = problems;
  }

  /** Looks once, at start. Tries for real: permissions of cgroup files say less than an attempt. */
  static open(mounts: readonly CgroupMount[] = mountsOfThisProcess()): Cgroups {
    const hierarchies: Hierarchy[] = [];
    const problems = new Map<Purpose, string>();
    for (const purpose of ["tracking", "cpu", "memory"] as const) {
      const opened = openHierarchy(purpose, mounts);
      if (typeof opened === "string") problems.set(purpose, opened);
      else hierarchies.push(opened);
    }
    return new Cgroups(hierarchies, problems);
  }

  /** A machine on which Drover may make none. */
  static none(): Cgroups {
    return new Cgroups([], new Map());
  }

  of(directory: string): InstanceCgroups {
    const places = this.#hierarchies.map(({ purpose, base }) => ({
      purpose,
      path: join(base, cgroupName(directory)),
    }));
    return {
      tracking: places.find(({ purpose }) => purpose === "tracking")?.path,
      directories: [...new Set(places.map(({ path }) => path))],
    };
  }

  procsOf(directory: string, limits: Limits): readonly string[] {
    return this.#wanted(directory, limits).map(({ path }) => join(path, "cgroup.procs"));
  }

  async create(directory: string, limits: Limits): Promise<void> {
    for (const { path, files } of this.#wanted(directory, limits)) {
      await mkdir(path, { recursive: true });
      for (const { name, value, optional } of files) {
        try {
          await writeFile(join(path, name), value);
        } catch (error) {
          if (!optional) throw error;
        }
      }
    }
  }

  async sweep(bornBeforeMs: number): Promise<void> {
    for (const base of new Set(this.#hierarchies.map((hierarchy) => hierarchy.base))) {
      for (const entry of await readdir(base, { withFileTypes: true })) {
        if (!entry.isDirectory()) continue;
        const cgroup = join(base, entry.name);
        try {
          if ((await stat(cgroup)).mtimeMs < bornBeforeMs) await rmdir(cgroup);
        } catch {
          // It is in use, or gone by now.
        }
      }
    }
  }

  /** One entry a directory: on version 2 all purposes share one. */
  #wanted(directory: string, limits: Limits): readonly { readonly path: string; readonly files: LimitFile[] }[] {
    const byPath = new Map<string, LimitFile[]>();
    for (const { purpose, version, base } of this.#hierarchies) {
      const limit = purpose === "cpu" ? limits.cpu : limits.memoryBytes;
      if (purpose !== "tracking" && limit === undefined) continue;
      const path = join(base, cgroupName(directory));
      byPath.set(path, [...(byPath.get(path) ?? []), ...limitFiles(purpose, version, limits)]);
    }
    return [...byPath].map(([path, files]) => ({ path, files }));
  }
}

interface LimitFile {
  readonly name: string;
  readonly value: string;
  /** The kernel may lack it: swap accounting is a boot option. */
  readonly optional: boolean;
}

function cgroupName(directory: string): string {
  return `${basename(directory).slice(0, 120)}-${placeNumber(directory).toString(36)}`;
}

function limitFiles(purpose: Purpose, version: 1 | 2, limits: Limits): readonly LimitFile[] {
  const must = (name: string, value: string): LimitFile => ({ name, value, optional: false });
  const may = (name: string, value: string): LimitFile => ({ name, value, optional: true });
  if (purpose === "cpu" && limits.cpu !== undefined) {
    const quotaUs = Math.max(1_000, Math.round(limits.cpu * cpuPeriodUs));
    return version === 1
      ? [must("cpu.cfs_period_us", String(cpuPeriodUs)), must("cpu.cfs_quota_us", String(quotaUs))]
      : [must("cpu.max", `${quotaUs} ${cpuPeriodUs}`)];
  }
  if (purpose === "memory" && limits.memoryBytes !== undefined) {
    const bytes = String(limits.memoryBytes);
    return version === 1
      ? [must("memory.limit_in_bytes", bytes), may("memory.memsw.limit_in_bytes", bytes)]
      : [must("memory.max", bytes), may("memory.swap.max", "0")];
  }
  return [];
}

function mountsOfThisProcess(): readonly CgroupMount[] {
  try {
    return parseCgroupMounts(readFileSync("/proc/self/mountinfo", "utf8"), readFileSync("/proc/self/cgroup", "utf8"));
  } catch {
    return [];
  }
}

function openHierarchy(purpose: Purpose, mounts: readonly CgroupMount[]): Hierarchy | string {
  let problem =
    purpose === "tracking" ? "no cgroup hierarchy is mounted" : `no cgroup controller "${purpose}" is mounted`;
  for (const mount of candidates(purpose, mounts)) {
    // The mount's root first: a cgroup below the service's own one dies with the service's restart.
    for (const parent of new Set([mount.mountPoint, join(mount.mountPoint, mount.ownPath)])) {
      const base = join(parent, "drover");
      const refusal = tryBase(base, purpose, mount.version);
      if (refusal === undefined) return { purpose, version: mount.version, base };
      problem = refusal;
    }
  }
  return problem;
}

function candidates(purpose: Purpose, mounts: readonly CgroupMount[]): readonly CgroupMount[] {
  const second = mounts.filter((mount) => mount.version === 2);
  const first = (controller: string): CgroupMount[] => mounts.filter((mount) => mount.controllers.includes(controller));
  return purpose === "tracking"
    ? [...second, ...first("freezer"), ...first("pids")]
    : [...first(purpose), ...second.filter((mount) => offers(mount.mountPoint, purpose))];
}

function offers(cgroup: string, controller: string): boolean {
  try {
    return readFileSync(join(cgroup, "cgroup.controllers"), "utf8").trim().split(" ").includes(controller);
  } catch {
    return false;
  }
}

/** Why nothing can be made there; undefined when a cgroup was made, could have been joined, and was removed again. */
function tryBase(base: string, purpose: Purpose, version: 1 | 2): string | undefined {
  const probe = join(base, `probe-${process.pid}`);
  try {
    mkdirSync(base, { recursive: true });
    if (version === 2 && purpose !== "tracking") {
      for (const cgroup of [dirname(base), base]) writeFileSync(join(cgroup, "cgroup.subtree_control"), `+${purpose}`);
    }
    mkdirSync(probe, { recursive: true });
    accessSync(join(probe, "cgroup.procs"), constants.W_OK);
    // A process may move only between cgroups whose common ancestor it may write to.
    if (version === 2) accessSync(join(dirname(base), "cgroup.procs"), constants.W_OK);
    return undefined;
  } catch (error) {
    return systemCode(error) === "EBUSY"
      ? `${dirname(base)} holds processes of its own, so it cannot hand out the controller`
      : messageOf(error);
  } finally {
    removeProbe(probe);
  }
}

function removeProbe(probe: string): void {
  try {
    rmdirSync(probe);
  } catch {
    // It was never made, or lies in no true cgroup file system; an empty cgroup does no harm.
  }
}
