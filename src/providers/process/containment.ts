import { dirname } from "node:path";
import type { InstancePlace } from "./place.ts";
import { quoted } from "./shell-quoting.ts";
import type { RunnerUser } from "./user.ts";

/** Namespaces of their own for each instance; the keeper is process 1 in there, so its end is the end of all. */
export const containedShell: readonly string[] = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--", "/bin/sh"];

/**
 * What the keeper does, as root and inside the instance's own namespaces, before it starts the runner. Runners share one user, and
 * one user's processes may read each other's files and memory; so each gets a view of the machine in which there are no others:
 *
 * - the work root holds this instance's own part and nothing else, at the same path as outside, so that `docker run -v` still works;
 * - /tmp, /var/tmp and /dev/shm are its own;
 * - the user's home directory can be read (tools may be installed there) but not written, so nobody leaves anything there;
 * - /proc shows the instance's processes only.
 */
export function containmentLines(place: InstancePlace, workRoot: string, user: RunnerUser): readonly string[] {
  const home = quoted(place.home);
  const root = quoted(workRoot);
  const orFail = (what: string): string => `|| fail ${quoted(`cannot contain the runner: ${what}`)}`;
  return [
    // Held by its working directory: the paths are about to disappear below the mounts.
    `cd ${home} ${orFail(place.home)}`,
    ...(hasOwnHome(user)
      ? [
          `if [ -d ${quoted(user.home)} ]; then mount --bind -o ro ${quoted(user.home)} ${quoted(user.home)} ${orFail(user.home)}; fi`,
        ]
      : []),
    `mount --bind ${quoted(place.tmp)} /tmp ${orFail("/tmp")}`,
    `[ ! -d /var/tmp ] || mount --bind /tmp /var/tmp ${orFail("/var/tmp")}`,
    "[ ! -d /dev/shm ] || mount -t tmpfs -o mode=1777,nosuid,nodev drover-shm /dev/shm " + orFail("/dev/shm"),
    "umask 022",
    `mkdir -p ${root} ${orFail(workRoot)}`,
    `mount -t tmpfs -o mode=0755,size=64k drover ${root} ${orFail(workRoot)}`,
    `mkdir -p ${home} ${quoted(place.tmp)} ${orFail(place.directory)}`,
    `mount --no-canonicalize --bind . ${home} ${orFail(place.home)}`,
    `mount --bind /tmp ${quoted(place.tmp)} ${orFail(place.tmp)}`,
    `mount -o remount,ro,size=64k drover ${root} ${orFail(workRoot)}`,
    `mount -t proc proc /proc ${orFail("/proc")}`,
    "umask 077",
  ];
}

/** Runs the rest of its arguments as the user, with the user's groups and without any capability. */
export function dropRootCommand(user: RunnerUser): readonly string[] {
  return ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups", "--inh-caps=-all", "--"];
}

/** A directory that can be covered without covering half of the machine, as the / or /nonexistent of a service user would. */
function hasOwnHome(user: RunnerUser): boolean {
  return user.home.startsWith("/") && dirname(user.home) !== "/" && !["/usr/sbin", "/usr/bin"].includes(user.home);
}
