import { CliError } from "./cli-error.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Shows why a command ended, on stderr, and says with which exit code. */
export function showError(error: unknown, io: Io, json: boolean): ExitCode {
  if (io.signal.aborted && isAbort(error)) return exitCode.interrupted;
  const code = error instanceof CliError ? error.exitCode : exitCode.failed;
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof CliError ? error.remedy : undefined;
  const publicCode = (error as { code?: unknown } | null)?.code;
  if (json) {
    const named = typeof publicCode === "string" ? { code: publicCode } : {};
    io.err(
      JSON.stringify({ error: { ...named, exitCode: code, message, ...(remedy === undefined ? {} : { remedy }) } }),
    );
    return code;
  }
  io.err(`${io.colors.red("error:")} ${message}`);
  if (remedy !== undefined) io.err(`  ${remedy}`);
  // An error that nobody worded is a defect: its stack is what a report needs.
  if (
    !(error instanceof CliError) &&
    typeof publicCode !== "string" &&
    error instanceof Error &&
    error.stack !== undefined
  ) {
    io.err(io.colors.dim(error.stack.split("\n").slice(1, 6).join("\n")));
  }
  return code;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "CliError");
}
