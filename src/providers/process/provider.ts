import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../core/ports/clock.ts";
import { IncompleteListError } from "../../core/ports/errors.ts";
import type { Instance, LaunchSpec, Provider } from "../../core/ports/provider.ts";
import { InstalledArchive } from "./archive.ts";
import type { CgroupMaker, Limits } from "./cgroup.ts";
import { sweepUnfinishedClaims } from "./claim.ts";
import type { Fetch } from "./download.ts";
import { endInstance } from "./end-instance.ts";
import { inheritedEnvironment } from "./environment.ts";
import { ProcessSetupError, messageOf, RunnerSoftwareError, systemCode } from "./errors.ts";
import { exists, launchFailure, launchInstance } from "./launch-instance.ts";
import { boundLog, readTail } from "./log-tail.ts";
import { MarkScanner } from "./marks.ts";
import { abandonStart, observe } from "./observe.ts";
import { instancePlace, nameOfSegment, pathSegment, type InstancePlace } from "./place.ts";
import { readRecord, type InstanceRecord } from "./record.ts";
import { readySoftware, type RunnerSoftware } from "./runner-software.ts";
import { setUp, type ProviderNote, type Setup } from "./setup.ts";
import { untilAborted } from "./until-aborted.ts";
import { Watch } from "./watch.ts";

export interface ProcessProviderOptions {
  /** The name in the configuration, for example `host`. */
  readonly name: string;
  /** Directory under which each instance gets its own: WORKROOT/INSTALLATION/RUNNER. Made when it is missing. */
  readonly workRoot: string;
  /** User that jobs run as, kept apart from each other; needs root. Undefined: Drover's own user, and no isolation. */
  readonly user?: string;
  /** What one instance may use; needs a cgroup that Drover may make. */
  readonly limits?: Limits;
  readonly runner: RunnerSoftware;
  readonly clock: Clock;
  /** Files that no job may read. Checked at start when `user` is set. */
  readonly secrets?: readonly string[];
  /** How long a runner may take to leave by itself after SIGTERM before it is killed. Default 10 s. */
  readonly graceMs?: number;
  /** How often adopted instances, which are no children of this process, are looked at while somebody watches. Default 2 s. */
  readonly lookEveryMs?: number;
  /** Set for every runner, on top of what it inherits; wins over it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Drover's own environment, of which runners inherit an allow list. Default: process.env. */
  readonly inherit?: Readonly<Record<string, string | undefined>>;
  /** Downloads the runner's archive; proxies and own certificates are the caller's. Default: the global fetch. */
  readonly fetch?: Fetch;
  /** Called with things worth a line in the log. Never holds a secret. */
  readonly log?: (event: ProcessProviderEvent) => void;
  /** Where cgroups can be made. Default: looked up at start. */
  readonly cgroups?: CgroupMaker;
}

export interface ProcessProviderEvent {
  readonly level: "info" | "warn";
  readonly message: string;
  readonly runner?: string;
  readonly error?: unknown;
}

/** Runners as processes of this machine. */
export interface ProcessProvider extends Provider {
  /**
   * Finds out whether this machine can do what the options ask, installs the runner's software, and returns what the operator should
   * read. Without it the first launch does the same, and has to wait for the download.
   *
   * @throws {ProcessSetupError} the machine cannot do it.
   */
  prepare(options: { readonly signal: AbortSignal }): Promise<readonly ProviderNote[]>;
}

const listedAtOnce = 32;
const logBytesMax = 16 * 2 ** 20;
const logBytesKept = 2 ** 20;
/** How long trying the machine out may take: a directory service that answers nothing must not hold Drover up for good. */
const setUpMs = 60_000;

export function createProcessProvider(options: ProcessProviderOptions): ProcessProvider {
  return new ProcessesOfThisMachine(options);
}

class ProcessesOfThisMachine implements ProcessProvider {
  readonly name: string;
  readonly #options: ProcessProviderOptions;
  readonly #archive: InstalledArchive | undefined;
  readonly #scanner = new MarkScanner();
  readonly #watch: Watch;
  readonly #inherited: Readonly<Record<string, string>>;
  /** Whose runners this object may touch: those of installations it was asked about. */
  readonly #installations = new Set<string>();
  /** Installations whose unfinished claims of earlier Drovers were removed. */
  readonly #swept = new Set<string>();
  readonly #launching = new Map<string, Promise<void>>();
  readonly #stopping = new Map<string, Promise<void>>();
  /** Directories whose keeper is a child of this process that has not ended. */
  readonly #children = new Set<string>();
  readonly #records = new Map<string, InstanceRecord>();
  readonly #ended = new Map<string, Instance>();
  #setup: Promise<Setup> | undefined;

  constructor(options: ProcessProviderOptions) {
    this.name = options.name;
    this.#options = options;
    this.#watch = new Watch(options.clock, options.lookEveryMs ?? 2_000);
    this.#inherited = inheritedEnvironment(options.inherit ?? process.env);
    this.#archive =
      options.runner.kind === "archive"
        ? new InstalledArchive(options.runner, { clock: options.clock, fetch: options.fetch ?? fetch })
        : undefined;
  }

  async prepare({ signal }: { readonly signal: AbortSignal }): Promise<readonly ProviderNote[]> {
    const { notes } = await this.#ready(signal);
    try {
      await readySoftware(this.#options.runner, this.#archive, signal);
      return notes;
    } catch (error) {
      if (!(error instanceof RunnerSoftwareError)) throw error;
      if (!error.retryable) throw new ProcessSetupError(error.message, { setting: "runner", cause: error });
      return [...notes, { code: "runner-not-installed", message: error.message }];
    }
  }

  /** The setup is found out once; a failure is tried again by the next call. */
  #ready(signal: AbortSignal): Promise<Setup> {
    // Shared by all callers, so no caller's signal ends it, only a deadline of its own.
    const alone = new AbortController().signal;
    this.#setup ??= setUp(this.#options, this.#options.clock.deadline(alone, setUpMs)).catch((error: unknown) => {
      this.#setup = undefined;
      throw error;
    });
    return untilAborted(this.#setup, signal);
  }

  async launch(spec: LaunchSpec, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    this.#installations.add(spec.installation);
    const key = JSON.stringify([spec.installation, spec.runner]);
    const underWay = this.#launching.get(key);
    if (underWay !== undefined) return underWay;
    const launching = this.#launch(spec, signal).finally(() => this.#launching.delete(key));
    this.#launching.set(key, launching);
    return launching;
  }

  async #launch(spec: LaunchSpec, signal: AbortSignal): Promise<void> {
    const { runner, clock, limits = {}, environment = {} } = this.#options;
    try {
      const setup = await this.#ready(signal);
      const software = await readySoftware(runner, this.#archive, signal);
      signal.throwIfAborted();
      await launchInstance(spec, {
        setup,
        software,
        clock,
        limits,
        environment,
        inherited: this.#inherited,
        starting: (place) => this.#children.add(place.directory),
        ended: (place) => this.#childEnded(place),
        takeBack: (place) => this.#takeBack(place),
      });
      this.#watch.notify();
    } catch (error) {
      signal.throwIfAborted();
      throw launchFailure(spec.runner, error);
    }
  }

  /** A launch that failed after its claim leaves nothing, or what `listOwned` shows as ended. */
  async #takeBack(place: InstancePlace): Promise<void> {
    this.#children.delete(place.directory);
    try {
      await this.#end(place);
    } catch (error) {
      this.#log("warn", "A failed launch could not be cleaned up; it is listed as ended", place.runner, error);
    }
  }

  #childEnded(place: InstancePlace): void {
    this.#children.delete(place.directory);
    // A keeper that died before its claim will never make it.
    abandonStart(place)
      .catch(() => undefined)
      .finally(() => this.#watch.notify());
  }

  async stop(runner: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    const all = this.#places(runner, signal).then((places) => Promise.all(places.map((place) => this.#end(place))));
    await untilAborted(all, signal);
  }

  /** Ends an instance once, however many ask for it. */
  #end(place: InstancePlace): Promise<void> {
    const underWay = this.#stopping.get(place.directory);
    if (underWay !== undefined) return underWay;
    const ending = this.#endNow(place).finally(() => {
      this.#stopping.delete(place.directory);
      this.#watch.notify();
    });
    this.#stopping.set(place.directory, ending);
    return ending;
  }

  async #endNow(place: InstancePlace): Promise<void> {
    const { cgroups } = await this.#ready(new AbortController().signal);
    await endInstance(place, await this.#recordOf(place), {
      clock: this.#options.clock,
      cgroups,
      scanner: this.#scanner,
      graceMs: this.#options.graceMs ?? 10_000,
    });
    this.#records.delete(place.directory);
    this.#ended.delete(place.directory);
  }

  /** Where the runner is, in the installations that this object serves; in any, when it was asked about none so far. */
  async #places(runner: string, signal: AbortSignal): Promise<readonly InstancePlace[]> {
    const { workRoot } = await this.#ready(signal);
    const installations =
      this.#installations.size > 0 ? [...this.#installations] : await this.#installationsIn(workRoot);
    const found: InstancePlace[] = [];
    for (const installation of installations) {
      await this.#launching.get(JSON.stringify([installation, runner]))?.catch(() => undefined);
      let place;
      try {
        place = instancePlace(workRoot, installation, runner);
      } catch {
        continue; // No directory can bear that name, so there never was one.
      }
      if (await exists(place.directory)) found.push(place);
    }
    return found;
  }

  async #installationsIn(workRoot: string): Promise<readonly string[]> {
    return (await readdir(workRoot)).map(nameOfSegment).filter((name) => name !== undefined);
  }

  async listOwned(installation: string, { signal }: { readonly signal: AbortSignal }): Promise<readonly Instance[]> {
    signal.throwIfAborted();
    try {
      const { workRoot } = await this.#ready(signal);
      const directory = join(workRoot, pathSegment(installation));
      this.#installations.add(installation);
      if (!this.#swept.has(installation) && (await exists(directory))) {
        await sweepUnfinishedClaims(directory);
        this.#swept.add(installation);
      }
      const names = await runnersIn(directory, workRoot);
      this.#forgetAllBut(
        names.map((name) => instancePlace(workRoot, installation, name).directory),
        directory,
      );
      const instances: Instance[] = [];
      const work = async (): Promise<void> => {
        for (let name = names.pop(); name !== undefined; name = names.pop()) {
          signal.throwIfAborted();
          const instance = await this.#look(instancePlace(workRoot, installation, name));
          if (instance !== undefined) instances.push(instance);
        }
      };
      await Promise.all(Array.from({ length: listedAtOnce }, work));
      return instances.sort((a, b) => a.launchedAtMs - b.launchedAtMs || (a.runner < b.runner ? -1 : 1));
    } catch (error) {
      signal.throwIfAborted();
      throw new IncompleteListError(
        `The runners of provider "${this.name}" could not be listed completely: ${messageOf(error)}. ` +
          "Drover concludes nothing from it and asks again. Look at the permissions and the disk of workRoot.",
        { cause: error },
      );
    }
  }

  /** What somebody else removed is not remembered; what is forgotten too early is only read again. */
  #forgetAllBut(instances: readonly string[], installationDirectory: string): void {
    const present = new Set(instances);
    for (const known of [this.#records, this.#ended]) {
      for (const directory of known.keys()) {
        if (dirname(directory) === installationDirectory && !present.has(directory)) known.delete(directory);
      }
    }
  }

  /** Undefined when the instance was removed meanwhile. */
  async #look(place: InstancePlace): Promise<Instance | undefined> {
    const known = this.#ended.get(place.directory);
    if (known !== undefined && (await exists(place.directory))) return known;
    const record = await this.#recordOf(place);
    const identity = {
      installation: place.installation,
      // Nobody configures this name: the instance is cleaned up as one of a forgotten pool.
      pool: record?.pool ?? "unknown",
      runner: place.runner,
      launchedAtMs: record?.launchedAtMs ?? 0,
    };
    const seen = await observe(place, record, this.#scanner);
    if (!(await exists(place.directory))) return undefined;
    if (seen.phase === "starting") return { ...identity, phase: "starting" };
    if (seen.phase === "running") {
      if (!this.#children.has(place.directory)) this.#watch.follow(seen.alive);
      await boundLog(place.log, logBytesMax, logBytesKept);
      return { ...identity, phase: "running" };
    }
    const instance: Instance = { ...identity, phase: "ended", end: seen.end };
    this.#ended.set(place.directory, instance);
    return instance;
  }

  async #recordOf(place: InstancePlace): Promise<InstanceRecord | undefined> {
    const known = this.#records.get(place.directory);
    if (known !== undefined) return known;
    const record = await readRecord(place);
    if (typeof record === "string") return undefined;
    this.#records.set(place.directory, record);
    return record;
  }

  async readLog(
    runner: string,
    { signal, maxBytes }: { readonly signal: AbortSignal; readonly maxBytes: number },
  ): Promise<string | undefined> {
    signal.throwIfAborted();
    const [place] = await this.#places(runner, signal);
    return place === undefined ? undefined : ((await readTail(place.log, maxBytes)) ?? "");
  }

  watch(onChange: () => void): { close(): void } {
    return this.#watch.add(onChange);
  }

  #log(level: "info" | "warn", message: string, runner: string, error: unknown): void {
    this.#options.log?.({ level, message, runner, error });
  }
}

/** The names of the runners in an installation's directory; empty when it has none. */
async function runnersIn(directory: string, workRoot: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => nameOfSegment(entry.name))
      .filter((name) => name !== undefined);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    // Nothing was launched yet; or the whole work root is not mounted any more, and with it runners that live.
    if (!(await exists(workRoot))) throw new Error(`${dirname(directory)} is gone`, { cause: error });
    return [];
  }
}
