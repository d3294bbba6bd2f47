import type { GitHubModel } from "../github-model.ts";
import type { Job, Runner } from "../records.ts";
import { Refusal } from "../refusal.ts";
import type { Runs } from "../runs/runs.ts";
import { rawJobMessage, sleepScript } from "../run-service/raw-job-message.ts";
import { randomGuid } from "../time-and-chance.ts";
import type { JobDesk, JobMessageWire } from "./job-desk.ts";

/** The workflow engine, as far as job messages need it. */
export type WorkflowJobs = Pick<Runs, "planId" | "buildMessage" | "jobSteps">;

/** The model of GitHub as the runner side's job desk. Without `workflowJobs` only raw jobs have messages. */
export function githubDesk(model: GitHubModel, workflowJobs: WorkflowJobs | undefined): JobDesk {
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
    stepsChanged: (jobId, steps) => workflowJobs?.jobSteps(jobId, steps),
    completeJob: (jobId, report) => void refused(() => model.finishJob(jobId, report)),
    jobMessage: (jobId, wire) => {
      const job = model.jobs.find(jobId);
      if (job === undefined) return undefined;
      // A runner hangs at its own end, so it has to be told; only Drover's minimal runner listens.
      const runner = job.phase.kind === "running" ? job.phase.runner : undefined;
      const hangs = runner !== undefined && model.kernel.behaviour.runnerHangsAfterJob(runner);
      const fault = hangs ? { droverHangAfterJob: true } : {};
      if (!job.spec.fromWorkflow) return { ...rawMessage(model, job, wire), ...fault };
      const message = workflowJobs?.buildMessage(jobId, {
        serviceUrl: wire.serviceBase,
        tokens: { job: wire.jobToken, github: wire.gitHubToken },
        feedStreamUrl: wire.feedUrl,
        lockedUntilMs: wire.lockedUntilMs,
        requestId: job.spec.restJobId,
        ...runnerGroupOf(runner),
      });
      return message === undefined ? undefined : { ...message, ...fault };
    },
    planId: (jobId) => workflowJobs?.planId(jobId),
  };
}

function runnerGroupOf(runner: Runner | undefined): { readonly runnerGroupName?: string } {
  const group = runner?.tenant.groups.get(runner.spec.groupId);
  return group === undefined ? {} : { runnerGroupName: group.name };
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
