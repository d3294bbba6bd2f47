import { EvaluationError } from "../../workflow/evaluate.ts";
import type { JobNode, Run } from "./run.ts";

/** What could not be evaluated, where and why, in GitHub's words. */
export function problemText(run: Run, key: string, error: unknown, node?: JobNode): string {
  const job = node === undefined ? "" : ` for job '${node.definition.id}'`;
  const place = error instanceof EvaluationError ? ` (Line: ${error.line}, Col: ${error.column})` : "";
  const reason = error instanceof Error ? error.message : String(error);
  return `Error when evaluating '${key}'${job}. ${run.workflow.path}${place}: ${reason}`;
}

/** Why a run or job that waited for its concurrency group is over. */
export function supersededText(group: string): string {
  return `Canceling since a higher priority waiting request for ${group} exists`;
}

/** Why a job that asked for its own run's group is over. */
export function deadlockText(group: string, node: JobNode): string {
  return (
    `Canceling since a deadlock for concurrency group '${group}' was detected between ` +
    `'top level workflow' and '${node.definition.id}'`
  );
}

/** Why a job was cancelled that ran longer than its `timeout-minutes`. */
export function timeoutText(minutes: number): string {
  return `The job has exceeded the maximum execution time of ${durationText(minutes)}`;
}

/** `1h30m0s`, as GitHub writes it. */
function durationText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = `${Math.floor(minutes % 60)}m${Math.round((minutes % 1) * 60)}s`;
  return hours > 0 ? `${hours}h${rest}` : rest;
}
