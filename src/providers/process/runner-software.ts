import { constants } from "node:fs";
import { access, copyFile, cp, link, lstat, mkdir, readdir, stat, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, RunnerSoftwareError, systemCode } from "./errors.ts";
import type { ArchiveSoftware, InstalledArchive } from "./archive.ts";

/** Which program becomes the runner. */
export type RunnerSoftware =
  | ArchiveSoftware
  /** An unpacked runner: `bin/Runner.Listener`, or at least `run.sh`. Drover never writes into it. */
  | { readonly kind: "dir"; readonly dir: string }
  /** Any program that reads ACTIONS_RUNNER_INPUT_JITCONFIG; it starts in an empty directory of its own. */
  | { readonly kind: "command"; readonly command: readonly string[] }
  /** The simulator's minimal runner, started like any other command. */
  | { readonly kind: "minimal"; readonly command: readonly string[] };

/** The software, ready to be put into an instance's directory. */
export interface ReadySoftware {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly restarts: boolean;
  /** The shared directory that instances are made from. */
  readonly source: string | undefined;
  /** Fills the empty directory `root`; returns what in it is the instance's own file and may be given to its user. */
  materialise(root: string): Promise<readonly string[]>;
}

/** Asks for the software; downloads it when that is needed. */
export async function readySoftware(
  software: RunnerSoftware,
  archive: InstalledArchive | undefined,
  signal: AbortSignal,
): Promise<ReadySoftware> {
  switch (software.kind) {
    case "archive": {
      if (archive === undefined) throw new Error("an archive has an installer");
      return unpackedRunner(await archive.directory(signal));
    }
    case "dir":
      return unpackedRunner(resolve(software.dir));
    case "command":
    case "minimal":
      return {
        command: software.command,
        environment: {},
        restarts: false,
        source: undefined,
        materialise: () => Promise.resolve([]),
      };
    default:
      return software satisfies never;
  }
}

async function unpackedRunner(directory: string): Promise<ReadySoftware> {
  const listener = await isExecutable(join(directory, "bin/Runner.Listener"));
  if (!listener && !(await isExecutable(join(directory, "run.sh")))) {
    throw new RunnerSoftwareError(
      `${directory} holds neither an executable bin/Runner.Listener nor an executable run.sh, so no runner can start from it. ` +
        "Drover launches nothing here until it does. Unpack actions/runner there, or correct runner.dir.",
      { retryable: false },
    );
  }
  return {
    // run.sh hides the listener's exit status, so it is only the way in where there is no listener.
    command: listener ? ["./bin/Runner.Listener", "run"] : ["./run.sh"],
    environment: { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: "1", RUNNER_ALLOW_RUNASROOT: "1" },
    restarts: listener,
    source: directory,
    materialise: (root) => shareTree(directory, root),
  };
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** What an earlier runner of the same directory left behind. */
const stateOfARunner = /^(_work|_diag|\.runner(_migrated)?|\.credentials.*|\.service|update\.finished)$/;

/**
 * Puts an unpacked runner into a directory of its own at the price of some hundred links. The listener takes the directory above the
 * real path of its own file for its root, so `bin` is a true directory of hard links; other directories are only read, so one symbolic
 * link each does; files at the top are copied, because the runner rewrites some of them.
 */
async function shareTree(source: string, root: string): Promise<readonly string[]> {
  const own: string[] = [];
  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (stateOfARunner.test(entry.name)) continue;
    const from = join(source, entry.name);
    const to = join(root, entry.name);
    if (entry.name === "bin" && (await stat(from)).isDirectory()) {
      await linkTree(from, to, own);
    } else if ((await stat(from)).isDirectory()) {
      await symlink(from, to);
    } else {
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      own.push(to);
    }
  }
  return own;
}

async function linkTree(source: string, target: string, own: string[]): Promise<void> {
  await mkdir(target);
  own.push(target);
  await Promise.all(
    (await readdir(source, { withFileTypes: true })).map(async (entry) => {
      const from = join(source, entry.name);
      const to = join(target, entry.name);
      if (entry.isDirectory()) return linkTree(from, to, own);
      if ((await lstat(from)).isSymbolicLink()) return cp(from, to, { verbatimSymlinks: true });
      try {
        await link(from, to);
      } catch (error) {
        // Another file system, too many links, or a kernel that protects other users' files from hard links.
        if (!["EXDEV", "EMLINK", "EPERM", "EACCES"].includes(systemCode(error) ?? "")) throw error;
        await copyFile(from, to, constants.COPYFILE_FICLONE);
        own.push(to);
      }
    }),
  );
}

/** What is wrong with the software before anything is launched; undefined when it can be started. */
export async function softwareProblem(software: RunnerSoftware): Promise<string | undefined> {
  if (software.kind === "dir") {
    try {
      await unpackedRunner(resolve(software.dir));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
  if (software.kind === "archive") return undefined;
  return (await commandExists(software.command))
    ? undefined
    : `The runner's program "${software.command[0] ?? ""}" does not exist or is not executable.`;
}

async function commandExists(command: readonly string[]): Promise<boolean> {
  const program = command[0];
  if (program === undefined) return false;
  if (program.includes("/")) return isExecutable(program);
  for (const directory of (process.env["PATH"] ?? "").split(":")) {
    if (await isExecutable(join(directory, program))) return true;
  }
  return false;
}
