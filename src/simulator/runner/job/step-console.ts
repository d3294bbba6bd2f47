import type { StepLog } from "../log/step-log.ts";
import type { Annotation } from "../wire/run-service-client.ts";

/** Where an issue is in a file, as a workflow command told it. */
export interface IssuePlace {
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly col?: number;
  readonly endColumn?: number;
}

export type IssueLevel = "notice" | "warning" | "error";

const annotationsPerLevelMax = 10;
const issueCharactersMax = 4096;
const levels = { notice: "notice", warning: "warning", error: "failure" } as const;

/** What a step says: its log lines, and the notices, warnings and errors that become annotations. */
export class StepConsole {
  readonly #log: StepLog;
  readonly #mask: (text: string) => string;
  readonly #annotations: Annotation[] = [];
  /** True when debug logging is on for this job. */
  readonly debugOn: boolean;

  constructor(options: { readonly log: StepLog; readonly mask: (text: string) => string; readonly debugOn: boolean }) {
    this.#log = options.log;
    this.#mask = options.mask;
    this.debugOn = options.debugOn;
  }

  get annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  line(text: string): void {
    this.#log.write(text);
  }

  debug(text: string): void {
    if (!this.debugOn) return;
    for (const line of text.split("\n")) this.#log.write(`##[debug]${line}`);
  }

  error(message: string): void {
    this.issue("error", message, {});
  }

  warning(message: string): void {
    this.issue("warning", message, {});
  }

  /** @param logged the line of the log, when it is not the message itself. */
  issue(level: IssueLevel, message: string, place: IssuePlace, logged?: string): void {
    const shown = this.#mask(message).slice(0, issueCharactersMax);
    // One without words is kept as an annotation and leaves no line.
    if (shown !== "") this.#log.write(`##[${level}]${logged ?? shown}`);
    const wireLevel = levels[level];
    if (this.#annotations.filter((annotation) => annotation.level === wireLevel).length >= annotationsPerLevelMax)
      return;
    // Without a file an annotation points at the line of the log.
    const startLine = place.file === undefined ? this.#log.lineCount : place.line;
    const endLine = place.file === undefined ? this.#log.lineCount : (place.endLine ?? place.line);
    this.#annotations.push({
      level: wireLevel,
      message: shown,
      ...(place.title === undefined ? {} : { title: this.#mask(place.title) }),
      ...(place.file === undefined ? {} : { path: this.#mask(place.file) }),
      ...(startLine === undefined ? {} : { startLine }),
      ...(endLine === undefined ? {} : { endLine }),
      ...(place.col === undefined ? {} : { startColumn: place.col }),
      ...(place.endColumn === undefined ? {} : { endColumn: place.endColumn }),
    });
  }

  room(): Promise<void> | undefined {
    return this.#log.room();
  }
}
