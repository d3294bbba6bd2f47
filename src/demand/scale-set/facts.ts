import type { Fact, JobIdentity, StatisticsFact } from "../../core/ports/facts.ts";
import type { JobMessage, Statistics } from "../../scale-set/index.ts";

/** A job message in the ledger's words. */
export function factOf(message: JobMessage): Fact {
  const job = identityOf(message);
  switch (message.messageType) {
    case "JobAvailable":
      return { kind: "job-available", job };
    case "JobAssigned":
      return { kind: "job-assigned", job };
    case "JobStarted":
      return { kind: "job-started", job, runner: message.runnerName, startedAtMs: message.runnerAssignedAtMs };
    case "JobCompleted":
      return {
        kind: "job-completed",
        job,
        result: message.result,
        runner: message.runnerName === "" ? undefined : message.runnerName,
        finishedAtMs: message.finishedAtMs,
      };
    default:
      return message satisfies never;
  }
}

export function statisticsFact(statistics: Statistics): StatisticsFact {
  return {
    kind: "statistics",
    available: statistics.totalAvailableJobs,
    acquired: statistics.totalAcquiredJobs,
    assigned: statistics.totalAssignedJobs,
    running: statistics.totalRunningJobs,
    registered: statistics.totalRegisteredRunners,
    busy: statistics.totalBusyRunners,
    idle: statistics.totalIdleRunners,
  };
}

function identityOf(message: JobMessage): JobIdentity {
  return {
    jobId: message.jobId,
    repository: `${message.ownerName}/${message.repositoryName}`,
    workflowRunId: message.workflowRunId,
    displayName: message.jobDisplayName,
    workflowRef: message.jobWorkflowRef,
    event: message.eventName,
    labels: message.requestLabels,
    queuedAtMs: message.queuedAtMs,
    assignedAtMs: message.scaleSetAssignedAtMs,
  };
}
