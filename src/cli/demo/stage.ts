import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CliError } from "../frame/cli-error.ts";
import type { Io } from "../frame/io.ts";
import { collectFiles } from "../simulator/collect-files.ts";
import { controlCall, jsonOf } from "../simulator/control.ts";
import { fetchTruth, type Truth } from "../simulator/truth.ts";
import { endChild, startChild, type Child } from "./child.ts";
import {
  endProcesses,
  folderVariable,
  lookForLeftovers,
  processesOf,
  type LeftoverProcess,
  type Leftovers,
} from "./leftovers.ts";
import { sampleFolder, samplePools, sampleRepository } from "./sample.ts";

export interface PushedRun {
  readonly id: number | string;
  readonly workflow: string;
  readonly jobs: readonly { readonly id: string; readonly name: string }[];
}

const simulatorStartMs = 20_000;
const endRounds = 10;
const cancelMs = 3_000;

/**
 * The demo's processes and their folder: a simulator, and a Drover that knows nothing of it but its URL and a token. Both are
 * started as anybody would start them, by their public commands, and spoken to over HTTP alone.
 */
export class Stage {
  readonly folder: string;
  readonly workRoot: string;
  readonly configFile: string;
  readonly socket: string;
  readonly sample: string;
  readonly url: string;
  readonly #io: Io;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #simulator: Child;
  #controller: Child | undefined;
  #closed: Promise<readonly LeftoverProcess[]> | undefined;

  private constructor(parts: {
    readonly folder: string;
    readonly url: string;
    readonly io: Io;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly simulator: Child;
  }) {
    this.folder = parts.folder;
    this.workRoot = join(parts.folder, "work");
    this.configFile = join(parts.folder, "drover.yaml");
    this.socket = join(parts.folder, "drover.sock");
    this.sample = join(parts.folder, "sample");
    this.url = parts.url;
    this.#io = parts.io;
    this.#environment = parts.environment;
    this.#simulator = parts.simulator;
  }

  /** Makes the folder and starts the simulator. Nothing runs jobs yet. */
  static async open(io: Io): Promise<Stage> {
    const folder = await temporaryFolder();
    const environment = {
      ...io.environment,
      DROVER_SIM_TOKEN: `ghp_${randomBytes(18).toString("hex")}`,
      [folderVariable]: folder,
    };
    let simulator: Child | undefined;
    try {
      const logFile = join(folder, "simulator.log");
      const args = ["sim", "--listen", "127.0.0.1:0", "--repo", sampleRepository, "--json"];
      simulator = await startChild(args, { folder, logFile, environment });
      const url = await simulatorUrl(simulator, logFile, io);
      const stage = new Stage({ folder, url, io, environment, simulator });
      await writeFile(stage.configFile, configText(url), { mode: 0o600 });
      // A copy beside the configuration, so that it can be changed and pushed again.
      await cp(sampleFolder, stage.sample, { recursive: true });
      return stage;
    } catch (error) {
      if (simulator !== undefined) await endChild(simulator, [{ signal: "SIGKILL", waitMs: 5_000 }]);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Starts `drover up`. */
  async startController(): Promise<void> {
    this.#controller = await startChild(["up", "-c", this.configFile], {
      folder: this.folder,
      logFile: join(this.folder, "drover.log"),
      environment: this.#environment,
    });
  }

  get pids(): { readonly simulator: number; readonly controller: number | undefined } {
    return { simulator: this.#simulator.pid, controller: this.#controller?.pid };
  }

  /** @throws {CliError} a process of the demo ended by itself, with its last lines. */
  assertAlive(): void {
    for (const [name, child] of [
      ["simulator", this.#simulator],
      ["controller", this.#controller],
    ] as const) {
      if (child?.isOver() !== true) continue;
      throw new CliError(`The demo's ${name} ended by itself. Its last lines:\n${child.lastLines()}`, {
        remedy: "This should not happen; please report it with these lines.",
      });
    }
  }

  /** Pushes the sample project as `drover sim push FOLDER` does. */
  async push(signal: AbortSignal): Promise<readonly PushedRun[]> {
    const files = collectFiles([this.sample], this.folder).map(({ path, text }) => ({ path, text }));
    const body = { repository: sampleRepository, event: "push", inputs: {}, files };
    const answer = await controlCall(
      this.url,
      { method: "POST", path: "/_drover/push", body },
      withSignal(this.#io, signal),
    );
    if (answer.status === 422) throw new CliError(`The simulator refused the sample project: ${answer.text}`);
    return jsonOf<{ runs: readonly PushedRun[] }>(answer).runs;
  }

  async truth(signal: AbortSignal): Promise<Truth> {
    return await fetchTruth(this.url, withSignal(this.#io, signal));
  }

  /** Cancels a run as a person would on GitHub's page. */
  async cancelRun(run: number | string, signal: AbortSignal): Promise<void> {
    const path = `/_drover/runs/${encodeURIComponent(String(run))}/cancel`;
    await controlCall(this.url, { method: "POST", path }, withSignal(this.#io, signal));
  }

  /** What is left now, beside the two processes themselves. */
  async leftovers(truth: Truth): Promise<Leftovers> {
    const ownPids = new Set([this.#simulator.pid, ...(this.#controller === undefined ? [] : [this.#controller.pid])]);
    return await lookForLeftovers(this.folder, { truth, workRoot: this.workRoot, ownPids });
  }

  /**
   * Ends the controller, then the simulator, then whatever they left, each by its pid, and removes the folder.
   *
   * @returns the processes that were left when both had ended. Idempotent.
   */
  close(): Promise<readonly LeftoverProcess[]> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<readonly LeftoverProcess[]> {
    if (this.#controller !== undefined) {
      await this.#cancelUnfinished();
      await endChild(this.#controller, [
        { signal: "SIGTERM", waitMs: 12_000 },
        { signal: "SIGTERM", waitMs: 3_000 },
        { signal: "SIGKILL", waitMs: 5_000 },
      ]);
    }
    await endChild(this.#simulator, [
      { signal: "SIGTERM", waitMs: 5_000 },
      { signal: "SIGKILL", waitMs: 5_000 },
    ]);
    const left = await processesOf(this.folder, new Set());
    for (let round = 0, found = left; round < endRounds && found.some(({ isMarked }) => isMarked); round += 1) {
      await endProcesses(this.folder, found);
      await new Promise((resolve) => setTimeout(resolve, 50));
      found = await processesOf(this.folder, new Set());
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    return left;
  }

  /** Lets running jobs end in good order, so that the controller can clean up after them as it does after all others. */
  async #cancelUnfinished(): Promise<void> {
    const signal = AbortSignal.timeout(cancelMs);
    try {
      const { jobs } = await this.truth(signal);
      const unfinished = new Set(
        jobs.flatMap(({ status, run }) => (status === "completed" || run === null ? [] : [run])),
      );
      await Promise.all([...unfinished].map((run) => this.cancelRun(run, signal)));
    } catch {
      // The simulator is gone or silent: then the controller is ended with its jobs running, and they are ended by pid.
    }
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(tmpdir(), "drover-demo-")));
  } catch (error) {
    throw new CliError(`The demo could not make a folder in ${tmpdir()}, so it did not start.`, {
      remedy: "Name a folder that you may write to: TMPDIR=/path drover demo",
      cause: error,
    });
  }
}

/** The same command's surroundings, with calls that end with another signal. */
function withSignal(io: Io, signal: AbortSignal): Io {
  return { ...io, signal };
}

/** The simulator says where it listens in the one JSON line that it prints. */
async function simulatorUrl(simulator: Child, logFile: string, io: Io): Promise<string> {
  const deadlineMs = io.nowMs() + simulatorStartMs;
  while (io.nowMs() < deadlineMs && !simulator.isOver() && !io.signal.aborted) {
    const line = (await readFile(logFile, "utf8")).split("\n").find((each, index, all) => {
      return each.startsWith("{") && index < all.length - 1;
    });
    if (line !== undefined) return (JSON.parse(line) as { url: string }).url;
    await io.pause(20);
  }
  throw new CliError(`The demo's simulator did not start. Its last lines:\n${simulator.lastLines()}`);
}

/** What a person would write for the sample project, with times that fit a minute. */
function configText(url: string): string {
  return [
    "installation: demo",
    "stateDir: .",
    "github:",
    `  url: ${url}`,
    "  credentials:",
    "    simulator: { token: { env: DROVER_SIM_TOKEN } }",
    "pools:",
    ...samplePools.flatMap(({ name, max }) => [
      `  - name: ${name}`,
      `    scope: ${sampleRepository}`,
      `    size: { max: ${max}, idleGrace: 1s }`,
      "    deadlines: { boot: 30s, job: 30m, drain: 8s }",
    ]),
    "providers:",
    "  host: { kind: process, workRoot: work }",
    "runner: { minimal: true }",
    "server: { listen: off, socket: drover.sock }",
    "",
  ].join("\n");
}
