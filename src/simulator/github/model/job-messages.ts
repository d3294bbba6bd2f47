import type { Job } from "./records.ts";
import type { Runner } from "./records.ts";
import type { ScaleSet } from "./records.ts";
import { instantText } from "./time-and-chance.ts";

/** Times of one assignment; what does not apply is left out. */
interface AssignmentTimes {
  readonly assignedAtMs?: number | undefined;
  readonly runnerAssignedAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
}

/** @see scale set wire specification, sections 6.2 and 6.3 */
export function jobAvailable(scaleSet: ScaleSet, job: Job, acquireJobUrl: string): void {
  push(scaleSet, "JobAvailable", { ...common("JobAvailable", job, {}), acquireJobUrl });
}

export function jobAssigned(scaleSet: ScaleSet, job: Job, assignedAtMs: number): void {
  push(scaleSet, "JobAssigned", common("JobAssigned", job, { assignedAtMs }));
}

export function jobStarted(scaleSet: ScaleSet, job: Job, runner: Runner, times: AssignmentTimes): void {
  push(scaleSet, "JobStarted", {
    ...common("JobStarted", job, times),
    runnerId: runner.id,
    runnerName: runner.name,
  });
}

export function jobCompleted(
  scaleSet: ScaleSet,
  job: Job,
  result: "succeeded" | "failed" | "canceled" | "skipped",
  runner: Runner | undefined,
  times: AssignmentTimes,
): void {
  push(scaleSet, "JobCompleted", {
    ...common("JobCompleted", job, times),
    result,
    runnerId: runner?.id ?? 0,
    runnerName: runner?.name ?? "",
  });
}

function push(scaleSet: ScaleSet, type: string, element: Readonly<Record<string, unknown>>): void {
  scaleSet.pending.push({ type, json: JSON.stringify(element) });
}

function common(messageType: string, job: Job, times: AssignmentTimes): Readonly<Record<string, unknown>> {
  const { spec } = job;
  const slash = spec.repository.indexOf("/");
  return {
    messageType,
    runnerRequestId: job.requestId,
    repositoryName: spec.repository.slice(slash + 1),
    ownerName: spec.repository.slice(0, slash),
    jobId: spec.jobId,
    jobWorkflowRef: spec.workflowRef,
    jobDisplayName: spec.name,
    workflowRunId: spec.runId,
    eventName: spec.event,
    requestLabels: spec.labels,
    queueTime: instantText(job.queuedAtMs),
    scaleSetAssignTime: instantText(times.assignedAtMs),
    runnerAssignTime: instantText(times.runnerAssignedAtMs),
    finishTime: instantText(times.finishedAtMs),
  };
}
