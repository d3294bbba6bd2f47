import { exitCode, type ExitCode } from "./exit-code.ts";

/** Ends a command: what happened, and what the reader can do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  readonly remedy: string | undefined;
  /** The public code of the error behind it; shown with --json. */
  readonly code: string | undefined;

  constructor(
    message: string,
    options: {
      readonly exitCode?: ExitCode;
      readonly remedy?: string;
      readonly code?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCode.failed;
    this.remedy = options.remedy;
    this.code = options.code;
  }
}
