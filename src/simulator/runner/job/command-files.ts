import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandTarget } from "./command-processor.ts";
import { parseEnvironmentFile } from "./environment-file.ts";

/** The files a step may write to; each step gets its own, empty. Keys are the members of the `github` context. */
export interface CommandFiles {
  readonly env: string;
  readonly path: string;
  readonly output: string;
  readonly state: string;
  readonly step_summary: string;
}

const prefixes = {
  env: "set_env",
  path: "add_path",
  output: "set_output",
  state: "save_state",
  step_summary: "step_summary",
} as const;
const summaryBytesMax = 1024 * 1024;
const commandFileBytesMax = 64 * 1024 * 1024;

export async function createCommandFiles(temporaryDirectory: string): Promise<CommandFiles> {
  const directory = join(temporaryDirectory, "_runner_file_commands");
  await mkdir(directory, { recursive: true });
  const suffix = randomUUID();
  const files = Object.fromEntries(
    Object.entries(prefixes).map(([name, prefix]) => [name, join(directory, `${prefix}_${suffix}`)]),
  ) as unknown as CommandFiles;
  await Promise.all(Object.values(files as unknown as Record<string, string>).map((file) => writeFile(file, "")));
  return files;
}

export interface CommandFileTarget extends CommandTarget {
  uploadSummary(content: string): void;
}

/** Applies what the step wrote, then removes the files. A file that cannot be read fails the step, not the others. */
export async function applyCommandFiles(files: CommandFiles, target: CommandFileTarget): Promise<void> {
  const pairs = async (file: string, apply: (name: string, value: string) => void): Promise<void> => {
    for (const [name, value] of parseEnvironmentFile(await readBounded(file))) apply(name, value);
  };
  const steps: readonly [name: string, work: () => Promise<void>][] = [
    ["path", async () => applyPaths(await readBounded(files.path), target)],
    ["env", async () => await pairs(files.env, (name, value) => setEnvironment(name, value, target))],
    ["step_summary", async () => await applySummary(files.step_summary, target)],
    ["state", async () => await pairs(files.state, (name, value) => target.saveState(name, value))],
    ["output", async () => await pairs(files.output, (name, value) => target.setOutput(name, value))],
  ];
  for (const [name, work] of steps) {
    try {
      await work();
    } catch (error) {
      target.console.error(`Unable to process file command '${name}' successfully.`);
      target.console.error(error instanceof Error ? error.message : String(error));
      target.fail();
    }
  }
  await Promise.all(
    Object.values(files as unknown as Record<string, string>).map((file) => rm(file, { force: true, recursive: true })),
  );
}

function applyPaths(content: string, target: CommandFileTarget): void {
  for (const line of content.split(/\r\n|\n|\r/)) {
    if (line !== "") target.addPath(line);
  }
}

function setEnvironment(name: string, value: string, target: CommandFileTarget): void {
  // Node would load code from it into every JavaScript action. GitHub's runner says so and goes on.
  if (name.toUpperCase() === "NODE_OPTIONS")
    target.console.error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  else target.setEnvironment(name, value);
}

async function applySummary(file: string, target: CommandFileTarget): Promise<void> {
  const size = await sizeOf(file);
  if (size === 0) return;
  if (size > summaryBytesMax) {
    target.console.error(
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${summaryBytesMax / 1024}k, got ${Math.floor(size / 1024)}k. ` +
        "For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary",
    );
    return;
  }
  target.uploadSummary(await readFile(file, "utf8"));
}

async function readBounded(file: string): Promise<string> {
  const size = await sizeOf(file);
  if (size > commandFileBytesMax)
    throw new Error(`The file has ${size} bytes; at most ${commandFileBytesMax} are read.`);
  return size === 0 ? "" : await readFile(file, "utf8");
}

async function sizeOf(file: string): Promise<number> {
  // A step may remove its file: that is the same as leaving it empty.
  return await stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
}
