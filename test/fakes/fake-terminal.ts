import { stripVTControlCharacters } from "node:util";
import picocolors from "picocolors";
import { wantsColors, type Io, type LiveTerminal } from "../../src/cli/frame/io.ts";
import { runProgram } from "../../src/cli/frame/program.ts";
import { commandsFor } from "../../src/cli/registry.ts";
import type { Command } from "../../src/cli/frame/command.ts";

/** A terminal, or a pipe, that a test looks at. Time passes only when a command pauses. */
export class FakeTerminal implements Io {
  readonly outputs: string[] = [];
  readonly errors: string[] = [];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly interactive: boolean;
  readonly colors: Io["colors"];
  /** Set with `rows`: a live picture can be drawn, and all that is written for it is kept. */
  readonly live?: LiveTerminal;
  readonly drawn: string[] = [];
  /** How often the keyboard was taken, less how often it was given back. */
  keyboardHeld = 0;
  /** Called instead of each pause; a test changes the world in it, or presses Ctrl-C. */
  onPause: (pauses: number) => void | Promise<void> = () => undefined;
  #nowMs: number;
  readonly #columns: number;
  #pauses = 0;
  readonly #abort = new AbortController();
  #listener: ((signal: "SIGINT" | "SIGTERM") => void) | undefined;

  constructor(
    options: {
      readonly environment?: Readonly<Record<string, string | undefined>>;
      readonly folder?: string;
      readonly interactive?: boolean;
      readonly nowMs?: number;
      readonly rows?: number;
      readonly columns?: number;
    } = {},
  ) {
    this.environment = options.environment ?? {};
    this.folder = options.folder ?? "/nowhere";
    this.interactive = options.interactive ?? false;
    this.colors = picocolors.createColors(wantsColors(this.environment, this.interactive));
    this.#nowMs = options.nowMs ?? 0;
    this.#columns = options.columns ?? 100;
    if (options.rows !== undefined) {
      const { drawn } = this;
      const size = { columns: this.#columns, rows: options.rows };
      const terminal = {
        ...size,
        write: (text: string) => void drawn.push(text),
        on: () => undefined,
        off: () => undefined,
      };
      const holdKeyboard = (): (() => void) => {
        this.keyboardHeld += 1;
        return () => void (this.keyboardHeld -= 1);
      };
      this.live = { terminal, holdKeyboard };
    }
  }

  out(text: string): void {
    this.outputs.push(text);
  }

  err(text: string): void {
    this.errors.push(text);
  }

  width(): number {
    return this.#columns;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onSignal(listener: (signal: "SIGINT" | "SIGTERM") => void): void {
    this.#listener = listener;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  async pause(ms: number): Promise<void> {
    this.#nowMs += ms;
    this.#pauses += 1;
    if (this.#pauses > 1_000) throw new Error("The command pauses for ever.");
    await this.onPause(this.#pauses);
  }

  pressCtrlC(): void {
    if (this.#listener === undefined) this.#abort.abort();
    else this.#listener("SIGINT");
  }

  /** Types a line after `drover` and waits for its exit code. */
  async run(argv: readonly string[], commands?: readonly Command[]): Promise<number> {
    return await runProgram(commands ?? (await commandsFor(argv)), argv, this);
  }

  get stdout(): string {
    return this.outputs.join("\n");
  }

  get stderr(): string {
    return this.errors.join("\n");
  }

  /** What a person reads. */
  get plainStdout(): string {
    return stripVTControlCharacters(this.stdout);
  }

  json<Shape>(): Shape {
    return JSON.parse(this.stdout) as Shape;
  }
}
