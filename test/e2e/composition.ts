import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  endProcesses,
  folderVariable,
  lookForLeftovers,
  processesOf,
  type Leftovers,
} from "../../src/cli/demo/leftovers.ts";
import type { Truth, TruthJob } from "../../src/cli/simulator/truth.ts";
import { program, runDrover, startDrover, type DroverProcess } from "./drover-process.ts";
import { eventually } from "./eventually.ts";

const simulatorToken = "ghp_0123456789abcdefghij0123456789abcdef";

/** `drover sim` and `drover up` as two processes in one folder, and jobs that write down what really ran. */
export class Composition {
  /** What both processes know; a secret. */
  readonly token = simulatorToken;
  readonly folder: string;
  readonly url: string;
  readonly simulator: DroverProcess;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #ups: DroverProcess[] = [];

  private constructor(
    folder: string,
    url: string,
    simulator: DroverProcess,
    environment: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.url = url;
    this.simulator = simulator;
    this.#environment = environment;
  }

  /** @param pool lines of YAML, each a member of the one pool `linux`. */
  static async open(options: { readonly pool: readonly string[] }): Promise<Composition> {
    const folder = realpathSync(await mkdtemp(join(tmpdir(), "drover-e2e-")));
    const environment = { DROVER_SIM_TOKEN: simulatorToken, [folderVariable]: folder };
    const args = ["sim", "--listen", "127.0.0.1:0", "--json"];
    const simulator = startDrover(args, { folder, name: "sim", environment });
    const url = await eventually(
      "the simulator says where it listens",
      async () => {
        if (simulator.isOver()) throw new Error(`The simulator ended: ${simulator.stderr()}`);
        const text = simulator.stdout();
        return text.endsWith("}\n") && (JSON.parse(text) as { url: string }).url;
      },
      { withinMs: 20_000 },
    );
    writeFileSync(
      join(folder, "drover.yaml"),
      [
        "installation: e2e",
        "stateDir: state",
        "github:",
        `  url: ${url}`,
        "  credentials:",
        "    simulator: { token: { env: DROVER_SIM_TOKEN } }",
        "pools:",
        "  - name: linux",
        "    scope: acme/widgets",
        ...options.pool.map((line) => `    ${line}`),
        "providers:",
        "  host: { kind: process, workRoot: work }",
        "runner: { minimal: true }",
        "server: { listen: 127.0.0.1:0 }",
        "",
      ].join("\n"),
    );
    mkdirSync(join(folder, "ran"));
    return new Composition(folder, url, simulator, environment);
  }

  /** Starts `drover up` as anybody would. */
  up(...options: readonly string[]): DroverProcess {
    const drover = startDrover(["up", ...options], {
      folder: this.folder,
      name: `up-${this.#ups.length + 1}`,
      environment: this.#environment,
    });
    this.#ups.push(drover);
    return drover;
  }

  /**
   * Starts `drover up` with a reader of all its output that goes away when it has read `word`.
   *
   * @returns its exit code, once it has ended.
   */
  async upReadUntil(word: string): Promise<number> {
    const script = `{ "$0" "$1" up --log-level debug; echo $? > exit-code; } 2>&1 | sed '/${word}/q' > read`;
    const pipeline = spawn("sh", ["-c", script, process.execPath, program], {
      cwd: this.folder,
      env: { ...process.env, ...this.#environment },
      stdio: "ignore",
    });
    await once(pipeline, "exit");
    return Number(readFileSync(join(this.folder, "exit-code"), "utf8"));
  }

  /**
   * Pushes one workflow with `count` jobs of a matrix. Each job writes `begin` and `end` lines into a file of its own, so that
   * what really ran is known without asking anybody.
   */
  async push(options: { readonly count: number; readonly seconds: number }): Promise<void> {
    const file = join(this.folder, "ci.yml");
    const jobs = Array.from({ length: options.count }, (_, index) => index + 1);
    writeFileSync(
      file,
      [
        "name: CI",
        "on: [push]",
        "jobs:",
        "  work:",
        "    strategy:",
        "      fail-fast: false",
        `      matrix: { job: [${jobs.join(", ")}] }`,
        "    runs-on: linux",
        "    steps:",
        "      - run: |",
        `          echo "begin $RUNNER_NAME" >> '${this.folder}/ran/\${{ matrix.job }}'`,
        `          sleep ${options.seconds}`,
        `          echo "end $RUNNER_NAME" >> '${this.folder}/ran/\${{ matrix.job }}'`,
        "",
      ].join("\n"),
    );
    const pushed = await this.run(["sim", "push", "ci.yml", "--to", this.url, "--json"]);
    if (pushed.code !== 0) throw new Error(`The push failed: ${pushed.stderr}`);
  }

  async run(args: readonly string[]) {
    return await runDrover(args, { folder: this.folder, environment: this.#environment });
  }

  async truth(): Promise<Truth> {
    const response = await fetch(new URL("/_drover/truth", this.url), { signal: AbortSignal.timeout(10_000) });
    return (await response.json()) as Truth;
  }

  /** Waits until the truth is as `isSo` wants it. */
  async until(what: string, isSo: (truth: Truth) => boolean, withinMs: number): Promise<Truth> {
    let truth: Truth | undefined;
    return await eventually(
      what,
      async () => {
        const broken = this.#ups.find((up) => up.hasFailed());
        if (broken !== undefined) throw new Error(`drover up ended: ${broken.stderr()}`);
        truth = await this.truth();
        return isSo(truth) && truth;
      },
      { withinMs, lastSeen: () => this.#story(truth) },
    );
  }

  /** What really ran: the lines that each job wrote, by job number. */
  ran(): Readonly<Record<string, readonly string[]>> {
    const folder = join(this.folder, "ran");
    return Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8").trimEnd().split("\n")]),
    );
  }

  async leftovers(): Promise<Leftovers> {
    return await lookForLeftovers(this.folder, {
      truth: await this.truth(),
      workRoot: join(this.folder, "work"),
      ownPids: new Set([this.simulator.pid, ...this.#ups.map(({ pid }) => pid)]),
    });
  }

  /** Waits until nothing is left but the processes that this composition started itself. */
  async untilClean(withinMs: number): Promise<void> {
    let seen: Leftovers | undefined;
    await eventually(
      "nothing is left",
      async () => {
        seen = await this.leftovers();
        return seen.processes.length + seen.directories.length + seen.registrations.length === 0;
      },
      { withinMs, lastSeen: () => seen },
    );
  }

  /** Writes drover.yaml anew with one text in place of another. */
  reconfigure(before: string, after: string): void {
    const file = join(this.folder, "drover.yaml");
    const text = readFileSync(file, "utf8");
    if (!text.includes(before)) throw new Error(`drover.yaml does not hold ${before}`);
    writeFileSync(file, text.replace(before, after));
  }

  /** Removes the history, wherever this version keeps it; Drover must not need it. */
  deleteJournal(): void {
    for (const name of readdirSync(join(this.folder, "state"))) {
      if (name.startsWith("journal")) rmSync(join(this.folder, "state", name), { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const found = await processesOf(this.folder, new Set());
    await endProcesses(this.folder, found);
    await eventually("every process is gone", async () => (await processesOf(this.folder, new Set())).length === 0, {
      withinMs: 10_000,
    });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #story(truth: Truth | undefined) {
    const logs = this.#ups.map((up) => up.stderr().slice(-3_000));
    return { jobs: truth?.jobs.map(inShort), runners: truth?.runners, logs };
  }
}

function inShort(job: TruthJob): string {
  return `${job.name}: ${job.conclusion ?? job.status} on ${job.runner ?? "-"}`;
}

export function running(truth: Truth): readonly TruthJob[] {
  return truth.jobs.filter((job) => job.status === "in_progress");
}

export function completed(truth: Truth): readonly TruthJob[] {
  return truth.jobs.filter((job) => job.status === "completed");
}
