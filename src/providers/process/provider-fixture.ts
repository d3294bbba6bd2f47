import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../core/ports/clock.ts";
import type { Instance } from "../../core/ports/provider.ts";
import { Cgroups } from "./cgroup.ts";
import { createProcessProvider, type ProcessProvider, type ProcessProviderOptions } from "./provider.ts";

/** For tests: a work root of its own, providers over it, and a runner's program that does what the test says. */
export class ProviderFixture {
  readonly root: string;
  readonly workRoot: string;
  readonly #clock: Clock;

  private constructor(root: string, clock: Clock) {
    this.root = root;
    this.workRoot = join(root, "work");
    this.#clock = clock;
  }

  static async make(clock: Clock): Promise<ProviderFixture> {
    const fixture = new ProviderFixture(await realpath(await mkdtemp(join(tmpdir(), "drover-process-"))), clock);
    await mkdir(join(fixture.root, "starts"));
    await writeFile(join(fixture.root, "program"), program);
    return fixture;
  }

  provider(options: Partial<ProcessProviderOptions> = {}): ProcessProvider {
    return createProcessProvider({
      name: "host",
      workRoot: this.workRoot,
      clock: this.#clock,
      runner: { kind: "command", command: ["/bin/sh", join(this.root, "program"), join(this.root, "starts")] },
      graceMs: 2_000,
      lookEveryMs: 20,
      ...options,
    });
  }

  directory(runner: string, installation = "acme"): string {
    return join(this.workRoot, installation, runner);
  }

  /** Launches and waits until the program has begun. */
  async launch(provider: ProcessProvider, runner: string, pool = "linux"): Promise<void> {
    const signal = new AbortController().signal;
    const credential = { kind: "jit-config", encodedJitConfig: "jit" } as const;
    await provider.launch({ installation: "acme", pool, runner, credential }, { signal });
    await this.until(async () => {
      const instances = await provider.listOwned("acme", { signal });
      return instances.find((instance) => instance.runner === runner)?.phase !== "starting";
    });
  }

  /** Claims that were begun and never finished. */
  async unfinished(): Promise<readonly string[]> {
    const directory = join(this.workRoot, "acme");
    return existsSync(directory) ? (await readdir(directory)).filter((name) => name.startsWith(".")) : [];
  }

  /** Makes the waiting program print the lines and exit. */
  async finish(runner: string, exitCode: number, lines: readonly string[] = []): Promise<void> {
    const own = join(this.directory(runner), "home/runner");
    await this.until(() => existsSync(join(own, "control")));
    await writeFile(join(own, "lines"), lines.map((line) => `${line}\n`).join(""));
    const control = await open(join(own, "control"), "w");
    await control.writeFile(`${exitCode}\n`);
    await control.close();
  }

  async starts(runner: string): Promise<number> {
    try {
      return (await readFile(join(this.root, "starts", runner), "utf8")).trim().split("\n").length;
    } catch {
      return 0;
    }
  }

  /** Looked for without the provider's own means: directories, processes by their environment, cgroups by name. */
  async traces(runner: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const installation of existsSync(this.workRoot) ? await readdir(this.workRoot) : []) {
      const directory = join(this.workRoot, installation, runner);
      if (existsSync(directory)) found.push(directory, ...Cgroups.open().of(directory).directories.filter(existsSync));
      for (const pid of await processesWith(`DROVER_INSTANCE=${directory}`)) found.push(`process ${pid}`);
    }
    return found;
  }

  async until(condition: () => boolean | Promise<boolean>, boundMs = 20_000): Promise<void> {
    for (let waitedMs = 0; waitedMs < boundMs; waitedMs += 10) {
      if (await condition()) return;
      await this.#clock.sleep(10, new AbortController().signal);
    }
    throw new Error(`the condition did not hold within ${boundMs} ms`);
  }

  /** Ends what the test left running. */
  async close(): Promise<void> {
    const provider = this.provider({ graceMs: 0 });
    const signal = new AbortController().signal;
    for (const installation of existsSync(this.workRoot) ? await readdir(this.workRoot) : []) {
      const left: readonly Instance[] = await provider.listOwned(installation, { signal });
      await Promise.all(left.map((instance) => provider.stop(instance.runner, { signal })));
    }
    await rm(this.root, { recursive: true, force: true });
  }
}

/** The living processes whose environment holds the variable. */
export async function processesWith(variable: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8");
      if (environment.split("\0").includes(variable)) found.push(Number(pid));
    } catch {
      continue;
    }
  }
  return found;
}

const program = `
echo started >>"$1/$DROVER_RUNNER"
mkfifo control
read -r code <control
cat lines
exit "$code"
`;
