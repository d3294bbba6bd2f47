import type { GitHubModel } from "../github-model.ts";
import type { Job } from "../records.ts";
import { Refusal } from "../refusal.ts";
import { rawJobMessage, sleepScript } from "../run-service/raw-job-message.ts";
import { randomGuid } from "../time-and-chance.ts";
import type { JobDesk, JobMessageWire } from "./job-desk.ts";

/** Builds the message of a job that came from a workflow file; undefined when it knows no such job. */
export type WorkflowMessages = (jobId: string, wire: JobMessageWire) => Readonly<Record<string, unknown>> | undefined;

/** The model of GitHub as the runner side's job desk. */
export function githubDesk(model: GitHubModel, workflowMessages: WorkflowMessages): JobDesk {
  return {
    isRegistered: (runnerId) => model.runners.find(runnerId) !== undefined,
    runnerConnected: (runnerId) => void refused(() => model.connectRunner(runnerId)),
    runnerDisconnected: (runnerId) => model.disconnectRunner(runnerId),
    offerFor: (runnerId) => heldOut(model.runners.find(runnerId)?.offered),
    cancellationFor: (runnerId) => heldOut(model.cancellationFor(runnerId)),
    takeJob: (runnerId, jobId) => {
      const refusal = refused(() => model.takeJob(runnerId, jobId));
      if (refusal === undefined) return "taken";
      return refusal.reason === "job-taken" ? "taken-by-another" : "not-found";
    },
    renewJob: (jobId) => {
      let untilMs: number | undefined;
      refused(() => (untilMs = model.renewJob(jobId)));
      return untilMs;
    },
    completeJob: (jobId, report) => void refused(() => model.finishJob(jobId, report)),
    jobMessage: (jobId, wire) => {
      const job = model.jobs.find(jobId);
      if (job === undefined) return undefined;
      return job.spec.fromWorkflow ? workflowMessages(jobId, wire) : rawMessage(model, job, wire);
    },
  };
}

function heldOut(job: Job | undefined): { readonly jobId: string } | undefined {
  return job === undefined ? undefined : { jobId: job.spec.jobId };
}

/** Runs a command of the model; its refusal, or undefined when it was done. */
function refused(command: () => unknown): Refusal | undefined {
  try {
    command();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function rawMessage(model: GitHubModel, job: Job, wire: JobMessageWire): Readonly<Record<string, unknown>> {
  const { spec } = job;
  return rawJobMessage(
    {
      jobId: spec.jobId,
      stepId: randomGuid(model.kernel.random),
      name: spec.name,
      repository: spec.repository,
      runId: spec.runId,
      attempt: spec.attempt,
      event: spec.event,
      actor: spec.actor,
      script: spec.script ?? sleepScript(spec.durationMs),
    },
    wire,
  );
}
