import type picocolors from "picocolors";
import type { Terminal } from "../terminal/terminal.ts";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Everything a command touches of its process, handed in so that tests can play a terminal. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Colours of stdout; the identity when colours are off. */
  readonly colors: Colors;
  /** Whether stdout is a terminal that a person looks at. */
  readonly interactive: boolean;
  /** What a live picture is drawn on; undefined where stdout is no terminal. */
  readonly live?: LiveTerminal;
  /** Of the terminal, in characters; 80 when there is none. */
  width(): number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Fires at Ctrl-C or SIGTERM. Commands that handle signals themselves ask for `onSignal`. */
  readonly signal: AbortSignal;
  /** Takes the signals over: from now on `listener` hears each one, and `signal` no longer fires. */
  onSignal(listener: (signal: "SIGINT" | "SIGTERM") => void): void;
  nowMs(): number;
  /** Resolves early, without an error, when `signal` fires. */
  pause(ms: number): Promise<void>;
}

export interface LiveTerminal {
  readonly terminal: Terminal;
  /** Keeps keys out of the picture; Ctrl-C still counts as the signal. Returns what gives the keyboard back. */
  holdKeyboard(): () => void;
}

/** https://no-color.org: any value but the empty one turns colours off. */
export function wantsColors(environment: Io["environment"], isTerminal: boolean): boolean {
  if ((environment["NO_COLOR"] ?? "") !== "") return false;
  if ((environment["FORCE_COLOR"] ?? "") !== "") return environment["FORCE_COLOR"] !== "0";
  return isTerminal && environment["TERM"] !== "dumb";
}
