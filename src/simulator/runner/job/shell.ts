import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** How a script of a step is started. */
export interface ShellCommand {
  readonly file: string;
  /** Arguments with `{0}` for the script's path: also what the log shows. Empty for a shell that GitHub does not know. */
  readonly argumentFormat: string;
  /** Extension of the script file, with its dot, or empty. */
  readonly extension: string;
}

const argumentFormats: Readonly<Record<string, string>> = {
  bash: "--noprofile --norc -e -o pipefail {0}",
  sh: "-e {0}",
  python: "{0}",
  pwsh: "-command \". '{0}'\"",
  powershell: "-command \". '{0}'\"",
};

const extensions: Readonly<Record<string, string>> = {
  bash: ".sh",
  sh: ".sh",
  python: ".py",
  pwsh: ".ps1",
  powershell: ".ps1",
};

/**
 * The command behind a `shell:` value. Without one it is bash with `-e`, or sh where there is no bash; a known name alone
 * takes GitHub's arguments; anything else is `command options {0}`.
 *
 * @throws {Error} for a program that is not there.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
 */
export function resolveShell(shell: string, searchPath: string): ShellCommand {
  if (shell === "") {
    const file = findExecutable("bash", searchPath) ?? requireExecutable("sh", searchPath);
    return { file, argumentFormat: "-e {0}", extension: ".sh" };
  }
  const [name = "", ...rest] = shell.trim().split(" ");
  const given = rest.join(" ").trim();
  const argumentFormat = given === "" ? (argumentFormats[name] ?? "") : given;
  return { file: requireExecutable(name, searchPath), argumentFormat, extension: extensions[name] ?? "" };
}

/**
 * Fills the script's path in and splits the format into arguments; double quotes keep words together.
 *
 * @throws {Error} for a format without `{0}`.
 */
export function shellArguments(argumentFormat: string, scriptPath: string): string[] {
  if (!argumentFormat.includes("{0}")) {
    throw new Error(
      `Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string containing '{0}'`,
    );
  }
  const words = argumentFormat.match(/(?:[^\s"]+|"(?:\\.|[^"\\])*")+/g) ?? [];
  return words.map((word) => word.replace(/"((?:\\.|[^"\\])*)"/g, "$1").replaceAll("{0}", scriptPath));
}

function requireExecutable(name: string, searchPath: string): string {
  const file = findExecutable(name, searchPath);
  if (file === undefined) throw new Error(`${name}: command not found`);
  return file;
}

function findExecutable(name: string, searchPath: string): string | undefined {
  const candidates = isAbsolute(name)
    ? [name]
    : searchPath
        .split(delimiter)
        .filter((part) => part !== "")
        .map((part) => join(part, name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
