import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { runMinimalRunner } from "../../src/simulator/runner/main.ts";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";

/** A job as `GET /_drover/truth` shows it. */
export interface HostedJob {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly runsOn: readonly string[];
  readonly attempt: number;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[];
  readonly outputs: Readonly<Record<string, string>>;
}

interface HostedRunner {
  readonly labels: string;
  readonly interrupt: AbortController;
  done: Promise<void>;
}

/** Runners at once; the machine has two cores. */
const runnersMax = 3;

/** A simulator that runs whatever is pushed to it on minimal runners, one fresh runner for each job. */
export class WorkflowHost {
  readonly #simulator: Simulator;
  readonly #root = mkdtempSync(join(tmpdir(), "drover-workflows-"));
  readonly #runners = new Set<HostedRunner>();
  #serial = 0;

  private constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  static async open(): Promise<WorkflowHost> {
    return new WorkflowHost(await startSimulator());
  }

  async close(): Promise<void> {
    await this.#dismissAll();
    await this.#simulator.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** The answer of `POST /_drover/push`. */
  async push(request: object): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    return await this.#call("POST", "/_drover/push", request);
  }

  /** Gives every ready job a runner until all jobs are over. */
  async runAll(): Promise<readonly HostedJob[]> {
    for (;;) {
      const open = (await this.jobs()).filter((job) => job.status !== "completed");
      if (open.length === 0) break;
      this.#hireFor(open);
      if (this.#runners.size === 0) throw new Error(`No runner can help: ${JSON.stringify(open)}`);
      await Promise.race([...this.#runners].map((runner) => runner.done));
    }
    await this.#dismissAll();
    return await this.jobs();
  }

  async jobs(): Promise<readonly HostedJob[]> {
    const { body } = await this.#call("GET", "/_drover/truth");
    return body["jobs"] as readonly HostedJob[];
  }

  /** The lines of a job's log without their instants. */
  async log(jobId: string): Promise<readonly string[]> {
    const answer = await fetch(`${this.#simulator.url}/_drover/truth/jobs/${jobId}/log`);
    const text = await answer.text();
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace(/^\d{4}-\S+Z /u, ""));
  }

  /** As many runners for each set of labels as it has open jobs: any of them may take any of these jobs. */
  #hireFor(open: readonly HostedJob[]): void {
    const takers = new Map<string, number>();
    for (const runner of this.#runners) takers.set(runner.labels, (takers.get(runner.labels) ?? 0) + 1);
    for (const job of open) {
      if (job.status === "waiting" || job.status === "pending") continue;
      const labels = job.runsOn.join();
      const free = takers.get(labels) ?? 0;
      takers.set(labels, free - 1);
      if (free > 0 || this.#runners.size >= runnersMax) continue;
      const interrupt = new AbortController();
      const runner = { labels, interrupt, done: this.#run(job.runsOn, interrupt.signal) };
      this.#runners.add(runner);
      runner.done = runner.done.finally(() => this.#runners.delete(runner));
    }
  }

  /** Runners whose job was cancelled before they took it wait for another one. */
  async #dismissAll(): Promise<void> {
    for (const runner of this.#runners) runner.interrupt.abort();
    await Promise.all([...this.#runners].map((runner) => runner.done));
  }

  async #run(labels: readonly string[], interrupt: AbortSignal): Promise<void> {
    this.#serial += 1;
    const name = `runner-${this.#serial}`;
    const { status, body } = await this.#call("POST", "/api/v3/repos/acme/widgets/actions/runners/generate-jitconfig", {
      name,
      runner_group_id: 1,
      labels,
      work_folder: "_work",
    });
    if (status !== 201) throw new Error(`No JIT config for ${name}: ${status} ${JSON.stringify(body)}`);
    const { PATH } = process.env;
    const code = await runMinimalRunner({
      jitConfig: String(body["encoded_jit_config"]),
      workDirectory: join(this.#root, name),
      environment: { PATH, HOME: this.#root },
      interrupt,
      terminate: new AbortController().signal,
      stdout: { write: () => undefined },
    });
    if (code !== 0) throw new Error(`Runner ${name} left with exit code ${code}.`);
  }

  async #call(method: string, path: string, body?: object) {
    const answer = await fetch(`${this.#simulator.url}${path}`, {
      method,
      headers: { authorization: `token ${this.#simulator.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }
}

/** Every file of a folder, as a push takes them. */
export function filesOf(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(folder, path), text: readFileSync(path, "utf8") }));
}
