import type { JobRow } from "./run.ts";
import type { ReadyJob } from "./run-effect.ts";

/** What the queue has to know of a job that may be given to a runner. */
export function readyJob(row: JobRow): ReadyJob {
  const { run } = row.node;
  return {
    jobId: row.jobId,
    restJobId: row.restJobId,
    runId: run.id,
    attempt: row.attempt,
    repository: run.repository,
    name: row.name,
    labels: row.labels,
    ...(row.runnerGroup === undefined ? {} : { runnerGroup: row.runnerGroup }),
    workflowName: run.workflow.name,
    workflowRef: `${run.repository}/${run.workflow.path}@${run.event.ref}`,
    event: run.event.name,
    actor: run.event.actor,
    timeoutMinutes: row.timeoutMinutes,
  };
}
