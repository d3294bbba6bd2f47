import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve, sep } from "node:path";
import { data } from "@actions/expressions";
import { asObject, parseJson } from "../wire/json-fields.ts";
import { entryText, toJson } from "./context-values.ts";
import type { JobState } from "./job-state.ts";
import { scopeOf, type StepLevel } from "./scope.ts";
import type { StepConsole } from "./step-console.ts";
import { evaluateMapping, evaluateTextMapping } from "./template-token.ts";

/**
 * "Set up job": says who runs the job, makes its directories and files, and evaluates the job's environment and defaults.
 *
 * @throws {Error} when the job cannot start; it fails then, and no step runs.
 */
export async function setUpJob(job: JobState, level: StepLevel, console: StepConsole): Promise<void> {
  const { message, runner } = job;
  console.line(`Current runner version: '${runner.version}'`);
  console.line(`Runner name: '${runner.runnerName}'`);
  const group = message.variables.get("system.runnerGroupName")?.value;
  if (group !== undefined) console.line(`Runner group name: '${group}'`);
  console.line(`Machine name: '${hostname()}'`);
  printPermissions(job, console);
  const secretSource = entryText(job.contexts.get("github"), "secret_source");
  if (secretSource !== "") console.line(`Secret source: ${secretSource}`);
  console.line("Prepare workflow directory");
  job.pipes.prepare();
  await makeDirectories(job);
  await writeLocalActions(job);
  console.line("Prepare all required actions");
  console.line(`Complete job name: ${message.jobDisplayName}`);
  evaluateEnvironment(job, level);
  evaluateDefaults(job, level);
}

function printPermissions(job: JobState, console: StepConsole): void {
  const permissions = parseJson(job.message.variables.get("system.github.token.permissions")?.value ?? "");
  if (permissions === undefined) return;
  console.line("##[group]GITHUB_TOKEN Permissions");
  for (const [name, level] of Object.entries(asObject(permissions))) console.line(`${name}: ${String(level)}`);
  console.line("##[endgroup]");
}

async function makeDirectories(job: JobState): Promise<void> {
  const { paths } = job;
  await Promise.all(
    [paths.workspace, paths.tools, dirname(paths.event)].map((path) => mkdir(path, { recursive: true })),
  );
  const github = job.contexts.get("github");
  const event = github instanceof data.Dictionary ? github.get("event") : undefined;
  await writeFile(paths.event, event === undefined || event instanceof data.Null ? "{}" : toJson(event));
}

async function writeLocalActions(job: JobState): Promise<void> {
  for (const [action, files] of job.message.localActions) {
    for (const [name, content] of files) {
      const path = resolve(job.paths.workspace, action, name);
      if (!path.startsWith(job.paths.workspace + sep)) {
        throw new Error(`The local action "${action}" has the file "${name}", which lies outside of the workspace.`);
      }
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode: isProgram(name, content) ? 0o755 : 0o644 });
    }
  }
}

/** A push carries texts without their modes. A shell script runs without a first line that names its interpreter, too. */
function isProgram(name: string, content: string): boolean {
  return content.startsWith("#!") || name.endsWith(".sh");
}

/** Workflow `env`, then job `env`; each sees the ones before. */
function evaluateEnvironment(job: JobState, level: StepLevel): void {
  for (const token of job.message.environment) {
    const scope = scopeOf(job, level, { environment: job.environment, github: new Map() }, "value");
    for (const [name, value] of evaluateTextMapping(token, scope)) job.environment.set(name, value);
  }
}

/** `defaults.run` of the workflow, then of the job; the later wins member by member. */
function evaluateDefaults(job: JobState, level: StepLevel): void {
  const scope = scopeOf(job, level, { environment: job.environment, github: new Map() }, "value");
  for (const token of job.message.defaults) {
    const defaults = Object.fromEntries(evaluateMapping(token, scope));
    const run = defaults["run"];
    if (!(run instanceof data.Dictionary)) continue;
    for (const { key, value } of run.pairs()) job.runDefaults.set(key.toLowerCase(), value.coerceString());
  }
}
