import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { containedShell, containmentLines, dropRootCommand } from "./containment.ts";
import { Cgroups, type CgroupMaker, type Limits } from "./cgroup.ts";
import { messageOf, ProcessSetupError } from "./errors.ts";
import { placeIn } from "./place.ts";
import { closedFolder, hiddenPath, neededPaths } from "./reachable.ts";
import { removeTree } from "./remove-tree.ts";
import { softwareProblem, type RunnerSoftware } from "./runner-software.ts";
import { quoted } from "./shell-quoting.ts";
import { makeFolder } from "../../system/make-folder.ts";
import { findUser, type RunnerUser } from "./user.ts";

const run = promisify(execFile);

/** Something the operator should read once, at start. */
export interface ProviderNote {
  /** A stable word: `no-isolation`, `shared-kernel`, `no-cgroup`, `runner-not-installed`. */
  readonly code: string;
  readonly message: string;
}

/** An empty cgroup of this age belongs to nobody who is about to start something in it. */
const unusedCgroupMs = 600_000;

/** What the machine allows, found out once. */
export interface Setup {
  /** Absolute and free of symbolic links, so that a path names an instance for good. */
  readonly workRoot: string;
  readonly user: RunnerUser | undefined;
  readonly cgroups: CgroupMaker;
  readonly notes: readonly ProviderNote[];
}

export interface SetupOptions {
  readonly name: string;
  readonly workRoot: string;
  readonly user?: string;
  readonly limits?: Limits;
  readonly runner: RunnerSoftware;
  /** Files that no job may read: credentials, the API token, the journal. */
  readonly secrets?: readonly string[];
  readonly cgroups?: CgroupMaker;
}

/**
 * Finds out whether this machine can give what the configuration asks for, by trying it.
 *
 * @throws {ProcessSetupError} it cannot; the message says what to change.
 */
export async function setUp(options: SetupOptions, signal: AbortSignal): Promise<Setup> {
  const workRoot = await makeWorkRoot(options);
  const problem = await softwareProblem(options.runner);
  if (problem !== undefined)
    throw new ProcessSetupError(`Provider "${options.name}": ${problem} Drover does not start.`, { setting: "runner" });
  const cgroups = options.cgroups ?? Cgroups.open();
  checkLimits(options, cgroups);
  // Wall-clock time, as the kernel dates cgroups by it.
  await cgroups.sweep(Date.now() - unusedCgroupMs);
  const user = options.user === undefined ? undefined : await setUpUser(options.user, workRoot, options, signal);
  const notes = [isolationNote(options.name, user)];
  if (cgroups.of(workRoot).tracking === undefined && user === undefined)
    notes.push(noCgroupNote(options.name, cgroups));
  return { workRoot, user, cgroups, notes };
}

async function makeWorkRoot(options: SetupOptions): Promise<string> {
  try {
    // What is above it must be open for the user whose runners live in it; only root lists and writes there.
    if (options.user !== undefined) await makeFolder(dirname(resolve(options.workRoot)), 0o711);
    await makeFolder(options.workRoot, 0o700);
  } catch (error) {
    throw unusableWorkRoot(options, "cannot be made", error);
  }
  try {
    await access(options.workRoot, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(options.workRoot);
  } catch (error) {
    throw unusableWorkRoot(options, "cannot be written to", error);
  }
}

function unusableWorkRoot(options: SetupOptions, what: string, error: unknown): ProcessSetupError {
  return new ProcessSetupError(
    `Provider "${options.name}": workRoot ${options.workRoot} ${what}: ${messageOf(error)}. Drover does not start. ` +
      "Name a directory that Drover may write to.",
    { setting: "workRoot", cause: error },
  );
}

function checkLimits(options: SetupOptions, cgroups: CgroupMaker): void {
  const { limits = {}, name } = options;
  for (const [wanted, purpose, field] of [
    [limits.cpu, "cpu", "limits.cpu"],
    [limits.memoryBytes, "memory", "limits.memory"],
  ] as const) {
    const why = cgroups.problems.get(purpose);
    if (wanted === undefined || why === undefined) continue;
    throw new ProcessSetupError(
      `Provider "${name}": ${field} cannot be enforced here, as Drover may make no cgroup with the ${purpose} controller: ${why}. ` +
        `Drover does not start. Run it as root, delegate a cgroup to it (systemd: Delegate=yes), or remove ${field}.`,
      { setting: field },
    );
  }
}

async function setUpUser(
  name: string,
  workRoot: string,
  options: SetupOptions,
  signal: AbortSignal,
): Promise<RunnerUser> {
  if (process.getuid?.() !== 0) {
    throw new ProcessSetupError(
      `Provider "${options.name}": runners shall run as the user "${name}", which only root can arrange. Drover does not start. ` +
        "Run it as root, or remove user.",
      { setting: "user" },
    );
  }
  const user = await findUser(name, signal);
  const readable = await tryContainment(user, workRoot, options, signal);
  if (readable.length > 0) {
    throw new ProcessSetupError(
      `Provider "${options.name}": jobs, which run as "${name}", could read ${readable.join(", ")}. Drover does not start. ` +
        `Take the permission away with: chmod go= ${readable.join(" ")}`,
      { setting: "user" },
    );
  }
  return user;
}

/** Runs one empty instance for real; returns which of the secrets it could read. */
async function tryContainment(
  user: RunnerUser,
  workRoot: string,
  options: SetupOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const place = placeIn(`${workRoot}/.trial-${process.pid}`, "", "");
  const needed = neededPaths(options.runner);
  const hidden = await hiddenPath(needed);
  if (hidden !== undefined) {
    throw new ProcessSetupError(
      `Provider "${options.name}": runners of "${user.name}" cannot start: ${hidden}. Drover does not start. ` +
        `${options.runner.kind === "minimal" ? "Install Drover" : "Put the runner"} elsewhere, for example below /opt, or remove user.`,
      { setting: "runner" },
    );
  }
  const script = [
    'fail() { echo "$*" >&2; exit 125; }',
    ...containmentLines(place, workRoot, user),
    `exec ${dropRootCommand(user).map(quoted).join(" ")} /bin/sh -c ${quoted(trial)} trial ${[place.home, ...needed.used, "--", ...needed.read, "--", ...(options.secrets ?? [])].map(quoted).join(" ")}`,
  ].join("\n");
  try {
    if (options.runner.kind === "archive") await makeFolder(options.runner.cacheDir);
    await mkdir(place.home, { recursive: true, mode: 0o755 });
    await mkdir(place.tmp, { mode: 0o1777 });
    const [program = "", ...args] = [...containedShell, "-c", script];
    const { stdout } = await run(program, args, { signal, env: { PATH: process.env["PATH"], LC_ALL: "C" } });
    return stdout.split("\n").filter((line) => line !== "");
  } catch (error) {
    signal.throwIfAborted();
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n").at(-1) : "";
    const closed = await firstClosed([dirname(workRoot), ...needed.used, ...needed.read]);
    const opening =
      closed === undefined ? "" : `Not everybody may enter ${closed}; open it with: chmod o+x ${closed}. `;
    throw new ProcessSetupError(
      `Provider "${options.name}": runners of "${user.name}" cannot be kept apart on this machine: ${(said || messageOf(error)).slice(0, 400)}. ` +
        `Drover does not start. ${opening}` +
        "It needs the programs unshare, mount and setpriv of util-linux, CAP_SYS_ADMIN, and a workRoot whose parent directories " +
        "everybody may enter (chmod o+x). Without user, runners start, and nothing keeps them apart.",
      { setting: "user", cause: error },
    );
  } finally {
    await removeTree(place.directory);
  }
}

async function firstClosed(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const closed = await closedFolder(path);
    if (closed !== undefined) return closed;
  }
  return undefined;
}

/** Arguments: the instance's own directory, what the runner uses, `--`, what it reads, `--`, and what must not be readable. */
const trial = `
cd "$1" 2>/dev/null || { echo "it cannot enter $1" >&2; exit 1; }
while shift; [ "$1" != -- ]; do
  [ -r "$1" ] && [ -x "$1" ] || { echo "it may not use $1" >&2; exit 1; }
done
while shift; [ "$1" != -- ]; do
  [ -r "$1" ] || { echo "it may not read $1" >&2; exit 1; }
done
shift
for secret; do if [ -r "$secret" ]; then echo "$secret"; fi; done
`;

function isolationNote(name: string, user: RunnerUser | undefined): ProviderNote {
  if (user !== undefined) {
    return {
      code: "shared-kernel",
      message:
        `Provider "${name}": jobs run on this machine as "${user.name}", each with its own view of files and processes, but they share the kernel, ` +
        "the network and the disk with Drover and each other. Give that user no sudo right and no access to a Docker socket, and let only people you trust start jobs.",
    };
  }
  return {
    code: "no-isolation",
    message:
      `Provider "${name}": processes isolate nothing. A job runs as the same user as Drover (${process.getuid?.() === 0 ? "root" : `uid ${process.getuid?.() ?? "unknown"}`}) and can read ` +
      "Drover's credentials, API token and journal and the files and credentials of other runners, and can end or trace Drover and them. " +
      "Run Drover as root and set user, or use a provider that isolates; let only people you trust start jobs.",
  };
}

function noCgroupNote(name: string, cgroups: CgroupMaker): ProviderNote {
  const why = cgroups.problems.get("tracking") ?? "it was told not to";
  return {
    code: "no-cgroup",
    message:
      `Provider "${name}": Drover may make no cgroup here (${why}). The processes of an ended runner are found by marks that they ` +
      "inherit instead; a job that removes all of them on purpose can leave a process behind.",
  };
}
