import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";

/** One file of a push: its path in the repository, with forward slashes, and its text. */
export interface CollectedFile {
  readonly path: string;
  readonly text: string;
  /** Where it lies here, as the user would name it; for error messages. */
  readonly source: string;
}

const limits = { files: 1_000, fileBytes: 1_048_576, allBytes: 16 * 1_048_576, depth: 12 };
const skippedFolders = new Set([".git", "node_modules", ".drover"]);
const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);
const isAction = (path: string): boolean => /^action\.ya?ml$/.test(basename(path));

/**
 * The workflow files that were named, or all of a named folder, and the local actions beside them.
 *
 * @param folder what relative names start from.
 * @throws {CliError} a name leads nowhere, or there is no workflow (exit code 2).
 */
export function collectFiles(names: readonly string[], folder: string): readonly CollectedFile[] {
  const found = new Map<string, CollectedFile>();
  for (const name of names) {
    for (const file of collect(name, folder)) {
      const earlier = found.get(file.path);
      if (earlier !== undefined && earlier.text !== file.text) {
        throw usage(
          `${earlier.source} and ${file.source} would both be ${file.path}.`,
          "Push them one after the other.",
        );
      }
      found.set(file.path, file);
    }
  }
  const files = [...found.values()];
  const bytes = files.reduce((sum, file) => sum + file.text.length, 0);
  if (files.length > limits.files || bytes > limits.allBytes) {
    throw usage(
      `That is too much for one push: ${files.length} files, ${bytes} bytes.`,
      "Push a smaller folder: only workflow files and local actions are needed.",
    );
  }
  return files;
}

function collect(name: string, folder: string): CollectedFile[] {
  const path = resolve(folder, name);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw usage(`${name} does not exist.`, "Name workflow files, or a folder that holds them.");
  const root = repositoryAround(facts.isDirectory() ? join(path, "any") : path);
  const read = (file: string, placed: string): CollectedFile => {
    const source = shorter(relative(folder, file), file);
    return { path: placed, text: readText(file, source), source };
  };
  if (facts.isDirectory()) return collectFolder(name, root ?? path, read);
  // A workflow file on its own, or one of a repository, whose local actions it may use.
  if (root === undefined) return [read(path, `.github/workflows/${basename(path)}`)];
  return [read(path, slashes(relative(root, path))), ...localActions(root, read)];
}

type Read = (file: string, placed: string) => CollectedFile;

function collectFolder(name: string, root: string, read: Read): CollectedFile[] {
  const inWorkflows = join(root, ".github", "workflows");
  const home = statSync(inWorkflows, { throwIfNoEntry: false })?.isDirectory() === true ? inWorkflows : root;
  const workflows = readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isFile() && isYaml(entry.name) && !isAction(entry.name))
    .map((entry) => read(join(home, entry.name), `.github/workflows/${entry.name}`));
  if (workflows.length === 0) {
    throw usage(
      `${name} holds no workflow file.`,
      "Workflow files end in .yml or .yaml and live in .github/workflows.",
    );
  }
  return [...workflows, ...localActions(root, read)];
}

/** The folder above `.github/workflows/FILE`; undefined for a file that lies elsewhere. */
function repositoryAround(path: string): string | undefined {
  const workflows = dirname(path);
  const github = dirname(workflows);
  return basename(workflows) === "workflows" && basename(github) === ".github" ? dirname(github) : undefined;
}

/** Every folder below `root` that holds an action.yml, with all files in it: a composite action may call its own scripts. */
function localActions(root: string, read: Read): CollectedFile[] {
  const files: CollectedFile[] = [];
  const walk = (folder: string, depth: number, insideAction: boolean): void => {
    if (depth > limits.depth || files.length > limits.files) return;
    const entries = readdirSync(folder, { withFileTypes: true });
    // An action.yml at the root makes `./` an action, but not every file of the repository a part of it.
    const takesAll =
      folder !== root && (insideAction || entries.some((entry) => entry.isFile() && isAction(entry.name)));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skippedFolders.has(entry.name)) walk(path, depth + 1, takesAll);
      if (entry.isFile() && (takesAll || isAction(entry.name))) files.push(read(path, slashes(relative(root, path))));
    }
  };
  walk(root, 0, false);
  return files;
}

function readText(path: string, source: string): string {
  const { size } = statSync(path);
  if (size > limits.fileBytes) throw usage(`${source} is larger than 1 MiB.`, "Leave it out of the pushed folder.");
  return readFileSync(path, "utf8");
}

function shorter(one: string, other: string): string {
  return one.length < other.length ? one : other;
}

function slashes(path: string): string {
  return path.split(sep).join("/");
}

function usage(message: string, remedy: string): CliError {
  return new CliError(message, { exitCode: exitCode.usage, remedy });
}
