import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGoProgram, plainEnvironment } from "./go-program.ts";

/** github-act-runner, unmodified, with one JIT configuration and a directory of its own. */
export class ActRunner {
  readonly #child: ChildProcess;
  readonly #root: string;
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  output = "";

  private constructor(child: ChildProcess, root: string) {
    this.#child = child;
    this.#root = root;
    const keep = (text: Buffer) => (this.output = (this.output + text.toString()).slice(-200_000));
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    this.exited = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
  }

  /** Hands the JIT configuration over by the environment: an argument could be read by anybody on the machine. */
  static async start(jitConfig: string): Promise<ActRunner> {
    const binary = await buildGoProgram("github-act-runner", "github.com/ChristopherHX/github-act-runner");
    const root = mkdtempSync(join(tmpdir(), "drover-act-runner-"));
    const child = spawn(binary, ["run", "--terminal=false"], {
      cwd: root,
      // A group of its own, so that the worker and its steps can be ended with it.
      detached: true,
      env: plainEnvironment({ HOME: root, ACTIONS_RUNNER_INPUT_JITCONFIG: jitConfig }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new ActRunner(child, root);
  }

  /** Ends whatever is left of it and removes its directory. */
  async end(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(-pid, "SIGKILL");
      await this.exited;
    }
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }
}
