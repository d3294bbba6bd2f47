import { delimiter } from "node:path";
import { data } from "@actions/expressions";
import type { JobState } from "./job-state.ts";
import { githubEntries, runnerEntries, type StepLevel, type StepView } from "./scope.ts";

/** Members of the `github` context that become GITHUB_ variables. */
const exposedMembers: ReadonlySet<string> = new Set([
  "action", "action_path", "action_ref", "action_repository", "actor", "actor_id", "api_url", "base_ref", "env", "event_name",
  "event_path", "graphql_url", "head_ref", "job", "output", "path", "ref", "ref_name", "ref_protected", "ref_type", "repository",
  "repository_id", "repository_owner", "repository_owner_id", "retention_days", "run_attempt", "run_id", "run_number", "server_url",
  "sha", "state", "step_summary", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
]); // prettier-ignore

export const trackingVariable = "RUNNER_TRACKING_ID";

/**
 * The environment of a step's process: the runner's own, the step's `env`, then the default variables, which a workflow
 * cannot override.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export function stepEnvironment(job: JobState, level: StepLevel, view: StepView): Record<string, string> {
  const environment: Record<string, string> = { ...job.processEnvironment, ...Object.fromEntries(view.environment) };
  for (const [name, value] of githubEntries(job, level, view)) {
    if (!exposedMembers.has(name)) continue;
    if (value.primitive && !(value instanceof data.Null))
      environment[`GITHUB_${name.toUpperCase()}`] = value.coerceString();
  }
  for (const [name, value] of runnerEntries(job)) environment[`RUNNER_${name.toUpperCase()}`] = value;
  environment["GITHUB_ACTIONS"] = "true";
  environment["CI"] ??= "true";
  environment[trackingVariable] ??= job.trackingId;
  environment["PATH"] = searchPath(job, environment["PATH"] ?? "");
  return environment;
}

/** GITHUB_PATH entries before the rest, the latest first. */
export function searchPath(job: JobState, rest: string): string {
  return [...job.addedPaths.toReversed(), ...(rest === "" ? [] : [rest])].join(delimiter);
}
