import { isUtf8 } from "node:buffer";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConfigProblem, ParseResult } from "../config/index.ts";
import { CliError } from "./frame/cli-error.ts";
import { exitCode } from "./frame/exit-code.ts";
import type { Io } from "./frame/io.ts";

/** `-c, --config` of every command that reads drover.yaml. */
export const configOption = {
  flags: "-c, --config <file>",
  summary: "the configuration file; default: drover.yaml in this folder",
  kind: "text",
} as const;

const defaultName = "drover.yaml";

/** The file that was given, or ./drover.yaml when there is one. */
export function findConfigFile(given: string | undefined, io: Io): string | undefined {
  return given ?? (existsSync(resolve(io.folder, defaultName)) ? defaultName : undefined);
}

/** @throws {CliError} the file cannot be read (exit code 2). */
export async function readConfigText(given: string | undefined, io: Io): Promise<{ file: string; text: string }> {
  const file = findConfigFile(given, io);
  if (file === undefined) {
    throw new CliError(`There is no ${defaultName} in this folder.`, {
      exitCode: exitCode.usage,
      remedy: "Name the file with -c FILE, or make one with: drover init",
    });
  }
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(io.folder, file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "unknown");
    throw new CliError(`${file} cannot be read: ${why}.`, {
      exitCode: exitCode.usage,
      remedy: "Correct the path after -c, or make a configuration with: drover init",
      cause: error,
    });
  }
  return { file, text: textOf(bytes, file) };
}

/** @throws {CliError} these are no characters of UTF-8, or those of an editor that writes two bytes each. */
function textOf(bytes: Buffer, file: string): string {
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString("utf8");
  throw new CliError(`${file} is no text in UTF-8.`, {
    exitCode: exitCode.usage,
    remedy: "Is it the right file? If it is, let your editor save it as UTF-8.",
  });
}

/** A configuration with errors: each is one line. */
export class ConfigFileError extends CliError {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[], lines: readonly string[]) {
    super(`${file} has ${problems.length === 1 ? "an error" : `${problems.length} errors`}:\n${lines.join("\n")}`, {
      exitCode: exitCode.usage,
      remedy: "Correct the file and try again; drover config check looks at it without starting anything.",
    });
    this.problems = problems;
  }
}

/** A configuration without errors, and the file it stands in. */
export type LoadedConfig = { readonly file: string } & Exclude<ParseResult, { readonly errors: unknown }>;

/** @throws {CliError} the file cannot be read; {ConfigFileError} it has errors. Both end with exit code 2. */
export async function loadConfig(given: string | undefined, io: Io): Promise<LoadedConfig> {
  const { file, text } = await readConfigText(given, io);
  const { formatProblem, parseConfig } = await import("../config/index.ts");
  const result = parseConfig(text, file, io.folder);
  if ("errors" in result) throw new ConfigFileError(file, result.errors, result.errors.map(formatProblem));
  return { file, ...result };
}
