import type { Masker } from "./masker.ts";

/** Where finished log lines go. */
export interface LogSink {
  /** `stamped` carries the timestamp and ends without a line break; `shown` is the same line without it. */
  write(entry: { readonly stamped: string; readonly shown: string; readonly lineNumber: number }): void;
  /** Something to wait for before more is written, when the sink is full. */
  room(): Promise<void> | undefined;
}

/** One step's log: masks, stamps and counts every line. */
export class StepLog {
  readonly #masker: Masker;
  readonly #nowMs: () => number;
  readonly #sink: LogSink;
  #lineCount = 0;

  constructor(options: { readonly masker: Masker; readonly nowMs: () => number; readonly sink: LogSink }) {
    this.#masker = options.masker;
    this.#nowMs = options.nowMs;
    this.#sink = options.sink;
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  /** One log entry. Like GitHub's log files, only its first line carries the timestamp when it has several. */
  write(message: string): void {
    const shown = this.#masker.mask(message);
    this.#lineCount += 1;
    this.#sink.write({ stamped: `${logTimestamp(this.#nowMs())} ${shown}`, shown, lineNumber: this.#lineCount });
  }

  room(): Promise<void> | undefined {
    return this.#sink.room();
  }
}

/** `2026-11-21T02:00:52.8030000Z`: .NET's round-trip form with seven digits; this clock knows three of them. */
function logTimestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "0000Z");
}
