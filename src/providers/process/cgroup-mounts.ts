/** One mounted cgroup hierarchy. */
export interface CgroupMount {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** Version 1: the controllers of this hierarchy. Version 2: empty, `cgroup.controllers` tells. */
  readonly controllers: readonly string[];
  /** This process's own place in the hierarchy, below the mount point; "" at its root. */
  readonly ownPath: string;
}

/**
 * The hierarchies that this process sees.
 *
 * @param mountinfo text of /proc/self/mountinfo, see proc_pid_mountinfo(5).
 * @param membership text of /proc/self/cgroup, see cgroups(7).
 */
export function parseCgroupMounts(mountinfo: string, membership: string): readonly CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split("\n")) {
    const [left, right] = line.split(" - ");
    const [, , , root, mountPoint] = left?.split(" ") ?? [];
    const [type, , superOptions] = right?.split(" ") ?? [];
    if (root === undefined || mountPoint === undefined || superOptions === undefined) continue;
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const controllers = type === "cgroup" ? superOptions.split(",").filter((option) => option !== "rw") : [];
    mounts.push({
      version: type === "cgroup" ? 1 : 2,
      mountPoint: unescapeOctal(mountPoint),
      controllers,
      ownPath: ownPath(membership, type === "cgroup" ? controllers : [], unescapeOctal(root)),
    });
  }
  return mounts;
}

function ownPath(membership: string, controllers: readonly string[], mountRoot: string): string {
  for (const line of membership.split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    const matches =
      controllers.length === 0 ? names === "" : names.split(",").some((name) => controllers.includes(name));
    if (!matches) continue;
    const below = path === mountRoot ? "" : path.startsWith(`${mountRoot}/`) ? path.slice(mountRoot.length) : path;
    return below === "/" ? "" : below;
  }
  return "";
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
