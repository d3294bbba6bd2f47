import { execFile } from "node:child_process";
import { mkdir, open, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../../core/ports/clock.ts";
import { makeFolder } from "../../system/make-folder.ts";
import { download, type Fetch } from "./download.ts";
import { messageOf, RunnerSoftwareError, systemCode } from "./errors.ts";
import { untilAborted } from "./until-aborted.ts";
import { isAlive, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

const run = promisify(execFile);

/** The official runner's archive, downloaded once into `cacheDir`. `url` replaces GitHub's release page. */
export interface ArchiveSoftware {
  readonly kind: "archive";
  /** For example `2.330.0`. */
  readonly version: string;
  /** Hexadecimal, from the release's notes. */
  readonly sha256: string;
  readonly cacheDir: string;
  readonly url?: string;
}

/** Where GitHub publishes the official runner. @see https://github.com/actions/runner/releases */
export function releaseUrl(version: string, architecture: string = process.arch): string {
  const known: Record<string, string> = { x64: "x64", arm64: "arm64", arm: "arm" };
  const name = known[architecture];
  if (name === undefined) {
    throw new RunnerSoftwareError(
      `GitHub publishes no runner for processors of kind "${architecture}". Use runner.dir or runner.command.`,
      { retryable: false },
    );
  }
  return `https://github.com/actions/runner/releases/download/v${version}/actions-runner-linux-${name}-${version}.tar.gz`;
}

/**
 * The official runner's archive as a directory. It is downloaded, verified and unpacked at most once on this machine, however many
 * launches ask for it at once and from however many Drovers; what was cut short is taken up again; nothing is visible under its
 * final name before it is complete.
 */
export class InstalledArchive {
  readonly #software: ArchiveSoftware;
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  #underWay: Promise<string> | undefined;

  constructor(software: ArchiveSoftware, options: { readonly clock: Clock; readonly fetch: Fetch }) {
    this.#software = software;
    this.#clock = options.clock;
    this.#fetch = options.fetch;
  }

  /**
   * The unpacked runner. When `signal` fires, only this call gives up; the download goes on for the others and the next.
   *
   * @throws {RunnerSoftwareError} it could not be had.
   */
  async directory(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const directory = await this.#shared(signal);
    if (await isDirectory(directory)) return directory;
    // Somebody emptied the cache since.
    this.#underWay = undefined;
    return this.#shared(signal);
  }

  async #shared(signal: AbortSignal): Promise<string> {
    this.#underWay ??= this.#install().catch((error: unknown) => {
      this.#underWay = undefined;
      throw error;
    });
    return untilAborted(this.#underWay, signal);
  }

  async #install(): Promise<string> {
    const { cacheDir, version, sha256 } = this.#software;
    const name = `actions-runner-${version}-${sha256.slice(0, 16)}`;
    const final = join(cacheDir, name);
    if (await isDirectory(final)) return final;
    try {
      await makeFolder(cacheDir);
      const release = await this.#lock(join(cacheDir, `.${name}.lock`), final);
      try {
        if (await isDirectory(final)) return final;
        const archive = join(cacheDir, `.${name}.part`);
        await download({
          url: this.#software.url ?? releaseUrl(version),
          sha256,
          file: archive,
          clock: this.#clock,
          fetch: this.#fetch,
        });
        await unpack(archive, final);
        await rm(archive, { force: true });
      } finally {
        await release();
      }
      return final;
    } catch (error) {
      if (error instanceof RunnerSoftwareError) throw error;
      throw new RunnerSoftwareError(
        systemCode(error) === "ENOSPC"
          ? `The disk that holds ${cacheDir} is full, so the runner ${version} cannot be unpacked. Drover tries again at the next launch. Make room, or move runner.cacheDir.`
          : `The runner ${version} could not be installed in ${cacheDir}: ${messageOf(error)}. Drover tries again at the next launch.`,
        { retryable: true, cause: error },
      );
    }
  }

  /** One Drover at a time; the lock of one that died is taken over. */
  async #lock(file: string, final: string): Promise<() => Promise<void>> {
    const waiting = new AbortController().signal;
    for (let tries = 0; tries < 3_600; tries++) {
      try {
        const handle = await open(file, "wx", 0o600);
        await handle.writeFile(JSON.stringify(ownIdentity));
        await handle.close();
        return () => rm(file, { force: true });
      } catch (error) {
        if (systemCode(error) !== "EEXIST") throw error;
      }
      const holder = await holderOf(file);
      if (holder === "dead") await unlink(file).catch(() => undefined);
      else if (await isDirectory(final)) return () => Promise.resolve();
      else await this.#clock.sleep(500, waiting);
    }
    throw new Error(`${file} has been held by another Drover for half an hour`);
  }
}

async function holderOf(file: string): Promise<"alive" | "dead"> {
  try {
    const text = await readFile(file, "utf8");
    // Empty for the moment between making and filling it; a Drover that died in just that moment leaves an old empty file.
    if (text === "") return Date.now() - (await stat(file)).mtimeMs > 10_000 ? "dead" : "alive";
    const holder = JSON.parse(text) as ProcessIdentity;
    return (await isAlive(holder)) ? "alive" : "dead";
  } catch (error) {
    return systemCode(error) === "ENOENT" ? "alive" : "dead";
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Unpacks beside the final name and moves it there in one step. */
async function unpack(archive: string, final: string): Promise<void> {
  // Only the holder of the lock comes here, so what lies there was left by a Drover that was cut down.
  const staging = `${final}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  try {
    // Files belong to whoever runs Drover, and everybody may read them: runners run as another user.
    await run("tar", ["-xzf", archive, "-C", staging, "--no-same-owner"], { env: environmentOfTools() });
    await run("chmod", ["-R", "a+rX,go-w", staging], { env: environmentOfTools() });
    await rename(staging, final);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (error instanceof Error && /No space left on device/.test(error.message)) {
      throw Object.assign(new Error(error.message), { code: "ENOSPC" });
    }
    throw error;
  }
}

function environmentOfTools(): Record<string, string | undefined> {
  return { PATH: process.env["PATH"], LC_ALL: "C" };
}
