import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CommandProcessor } from "./command-processor.ts";
import { resolveShell, type ShellCommand, shellArguments } from "./shell.ts";
import { scopeOf } from "./scope.ts";
import { searchPath, stepEnvironment } from "./step-environment.ts";
import { runStepProcess } from "./step-process.ts";
import type { StepRun } from "./step-run.ts";
import { evaluateTextMapping } from "./template-token.ts";

/**
 * Runs a `run:` step: logs what it will do, writes the script to a file and starts the shell on it.
 *
 * @returns true when the script ended with exit code 0.
 */
export async function runScriptStep(run: StepRun): Promise<boolean> {
  const { job, level, view, console } = run;
  const inputs = new Map(evaluateTextMapping(run.step.inputs, scopeOf(job, level, view, "value")));
  const script = inputs.get("script") ?? "";
  // Inside an action the job's defaults do not hold.
  const defaults = level.kind === "job" ? job.runDefaults : new Map<string, string>();
  const environment = stepEnvironment(job, level, view);
  // The step's own PATH is for its script; the shell is looked up where the runner looks, and in GITHUB_PATH.
  const path = searchPath(job, job.processEnvironment["PATH"] ?? "");

  console.line(`##[group]Run ${firstLine(script)}`);
  for (const line of script.replaceAll("\r\n", "\n").replace(/\n+$/, "").split("\n"))
    console.line(`\u001B[36;1m${line}\u001B[0m`);
  const given = inputs.get("shell") ?? "";
  // A shell that is not there leaves the group in the log open, as GitHub's runner does.
  const shell = resolveShell(given === "" ? (defaults.get("shell") ?? "") : given, path);
  printShell(run, shell);

  const wantedDirectory = inputs.get("workingDirectory") ?? "";
  const directory = wantedDirectory === "" ? (defaults.get("working-directory") ?? "") : wantedDirectory;
  const scriptPath = join(job.paths.temporary, `${randomUUID()}${shell.extension}`);
  await writeFile(scriptPath, script.replaceAll("\r\n", "\n"), { mode: 0o644 });
  const exitCode = await runShell(run, shell, scriptPath, resolve(job.paths.workspace, directory), environment);
  if (exitCode !== 0) console.error(`Process completed with exit code ${exitCode}.`);
  return exitCode === 0;
}

/** Runs a script that is a file already: a hook of the runner's administrator. */
export async function runScriptFile(run: StepRun, path: string): Promise<boolean> {
  const { job, level, view, console } = run;
  const shell = resolveShell(path.endsWith(".ps1") ? "pwsh" : "", job.processEnvironment["PATH"] ?? "");
  console.line(`##[group]Run '${path}'`);
  printShell(run, shell);
  const exitCode = await runShell(run, shell, path, job.paths.workspace, stepEnvironment(job, level, view));
  if (exitCode !== 0) console.error(`Process completed with exit code ${exitCode}.`);
  return exitCode === 0;
}

function printShell(run: StepRun, shell: ShellCommand): void {
  run.console.line(`shell: ${shell.file} ${shell.argumentFormat}`);
  if (run.view.environment.size > 0) {
    run.console.line("env:");
    for (const [name, value] of run.view.environment) run.console.line(`  ${name}: ${value}`);
  }
  run.console.line("##[endgroup]");
}

async function runShell(
  run: StepRun,
  shell: ShellCommand,
  scriptPath: string,
  cwd: string,
  env: Record<string, string>,
): Promise<number> {
  const args = shellArguments(shell.argumentFormat, scriptPath);
  run.console.debug(`${shell.file} ${args.map((arg) => (arg === scriptPath ? basename(arg) : arg)).join(" ")}`);
  const commands = new CommandProcessor(run.target);
  return await runStepProcess({
    file: shell.file,
    args,
    cwd,
    env,
    onLine: (line) => commands.process(line),
    room: () => run.console.room(),
    pipes: run.job.pipes,
    clock: run.job.clock,
    cancel: run.cancel,
    kill: run.job.stop.kill,
  });
}

/** The first line that says something: what GitHub shows as the name of a step without one. */
export function firstLine(script: string): string {
  return script.replace(/^[ \t\r\n]+/, "").split(/[\r\n]/, 1)[0] ?? "";
}
