import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { buildGoProgram, plainEnvironment } from "./go-program.ts";

/** How one call of GitHub's Go client ended. */
export interface GoAnswer {
  // The members are the client's own; a test reads what it knows to be there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly result: any;
  readonly error: string | undefined;
  /** The client's typed errors that the error is. */
  readonly kinds: readonly string[];
  readonly tookMs: number;
}

/** What the client's listener told its scaler. */
export interface GoEvent {
  readonly event: "desired" | "statistics" | "started" | "completed";
  readonly count: number;
  readonly job?: string;
  readonly runner?: string;
  readonly result?: string;
  readonly statistics?: { readonly totalAssignedJobs: number; readonly totalRunningJobs: number };
}

/** GitHub's Go client in a process of its own, driven call by call. */
export class ScaleSetProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: GoAnswer) => void>();
  readonly events: GoEvent[] = [];
  readonly #eventWaiters = new Set<() => void>();
  #lastSeq = 0;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#heard(line));
    child.stderr.on("data", (text: Buffer) => process.stderr.write(text));
    child.on("exit", (code) => {
      for (const settle of this.#waiting.values()) {
        settle({ result: undefined, error: `the program ended with code ${code}`, kinds: [], tookMs: 0 });
      }
      this.#waiting.clear();
    });
  }

  static async start(): Promise<ScaleSetProgram> {
    const binary = await buildGoProgram("scaleset-client");
    return new ScaleSetProgram(spawn(binary, [], { env: plainEnvironment(), stdio: "pipe" }));
  }

  /** Configures the client; secrets go through standard input. Retries wait 5 ms at most. */
  async open(configUrl: string, credentials: { readonly token: string } | { readonly app: object }): Promise<void> {
    const { error } = await this.call("open", { configUrl, ...credentials, retryMax: 4, retryWaitMaxMs: 5 });
    if (error !== undefined) throw new Error(error);
  }

  call(call: string, args: Readonly<Record<string, unknown>> = {}): Promise<GoAnswer> {
    this.#lastSeq += 1;
    const seq = this.#lastSeq;
    return new Promise((resolve) => {
      this.#waiting.set(seq, resolve);
      this.#child.stdin.write(`${JSON.stringify({ seq, call, args })}\n`);
    });
  }

  /** Makes a call that must succeed. */
  async ask(call: string, args: Readonly<Record<string, unknown>> = {}): Promise<GoAnswer["result"]> {
    const { result, error } = await this.call(call, args);
    if (error !== undefined) throw new Error(`${call}: ${error}`);
    return result as unknown;
  }

  /** Resolves when the listener has told something that `fits`. */
  async heard(fits: (event: GoEvent) => boolean): Promise<GoEvent> {
    for (;;) {
      const found = this.events.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#eventWaiters.add(resolve));
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    this.#child.kill("SIGKILL");
    await ended;
  }

  #heard(line: string): void {
    const message = JSON.parse(line) as (Partial<GoAnswer> & { readonly seq: number }) | GoEvent;
    if ("event" in message) {
      this.events.push(message);
      for (const wake of this.#eventWaiters) wake();
      this.#eventWaiters.clear();
      return;
    }
    const settle = this.#waiting.get(message.seq);
    this.#waiting.delete(message.seq);
    settle?.({
      result: message.result,
      error: message.error,
      kinds: message.kinds ?? [],
      tookMs: message.tookMs ?? 0,
    });
  }
}
