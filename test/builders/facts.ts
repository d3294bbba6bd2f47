import type { Fact, JobIdentity, StatisticsFact } from "../../src/core/ports/facts.ts";

export function job(jobId: string, changes: Partial<JobIdentity> = {}): JobIdentity {
  return {
    jobId,
    repository: "acme/widgets",
    workflowRunId: 7,
    displayName: `build ${jobId}`,
    workflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
    event: "push",
    labels: ["linux"],
    queuedAtMs: undefined,
    assignedAtMs: undefined,
    ...changes,
  };
}

export function counts(assigned: number, changes: Partial<StatisticsFact> = {}): StatisticsFact {
  return {
    kind: "statistics",
    available: 0,
    acquired: 0,
    assigned,
    running: 0,
    registered: 0,
    busy: 0,
    idle: 0,
    ...changes,
  };
}

export const assigned = (jobId: string): Fact => ({ kind: "job-assigned", job: job(jobId) });
export const available = (jobId: string): Fact => ({ kind: "job-available", job: job(jobId) });
export const started = (jobId: string, runner: string): Fact => ({
  kind: "job-started",
  job: job(jobId),
  runner,
  startedAtMs: undefined,
});
export const completed = (jobId: string, result = "succeeded", runner?: string): Fact => ({
  kind: "job-completed",
  job: job(jobId),
  result,
  runner,
  finishedAtMs: undefined,
});
