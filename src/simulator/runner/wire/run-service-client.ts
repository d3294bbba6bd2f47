import type { JobResult } from "../exit-code.ts";
import { runnerOs } from "./broker-client.ts";
import { field } from "./json-fields.ts";
import type { ServiceCaller } from "./service-call.ts";

/** A job offered by the broker. */
export interface JobReference {
  readonly runnerRequestId: string;
  readonly runServiceUrl: string;
  readonly shouldAcknowledge: boolean;
  readonly billingOwnerId: string | undefined;
}

export interface Annotation {
  readonly level: "notice" | "warning" | "failure";
  readonly message: string;
  readonly title?: string;
  readonly path?: string;
  readonly startLine?: number;
  readonly endLine?: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
  readonly stepNumber?: number;
}

export interface StepOutcome {
  readonly external_id: string;
  readonly number: number;
  readonly name: string;
  readonly status: "completed";
  readonly conclusion: JobResult;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly completed_log_lines: number;
  readonly annotations: readonly Annotation[];
}

export interface JobOutcome {
  readonly conclusion: JobResult;
  readonly outputs: Readonly<Record<string, { readonly value: string; readonly isSecret: boolean }>>;
  readonly environmentUrl: string | null;
  readonly stepResults: readonly StepOutcome[];
  readonly annotations: readonly Annotation[];
}

export interface JobIdentity {
  readonly planId: string;
  readonly jobId: string;
}

/** Takes a job: the whole message, as parsed JSON. Uses the runner's own token. */
export async function acquireJob(
  service: ServiceCaller,
  reference: JobReference,
  signal: AbortSignal,
): Promise<unknown> {
  return await service.call({
    what: "acquire job",
    method: "POST",
    url: new URL("acquirejob", reference.runServiceUrl).href,
    body: { jobMessageId: reference.runnerRequestId, runnerOS: runnerOs, billingOwnerId: reference.billingOwnerId },
    signal,
  });
}

/** Keeps the job's lease; returns until when it now holds, as the service says. Uses the job's token. */
export async function renewJob(
  service: ServiceCaller,
  runServiceUrl: string,
  job: JobIdentity,
  signal: AbortSignal,
): Promise<unknown> {
  const url = new URL("renewjob", runServiceUrl).href;
  const answer = await service.call({
    what: "renew job",
    method: "POST",
    url,
    body: { planId: job.planId, jobId: job.jobId },
    signal,
  });
  return field(answer, "lockedUntil");
}

/** Reports the end of a job. Uses the job's token. */
export async function completeJob(
  service: ServiceCaller,
  systemUrl: string,
  job: JobIdentity & { readonly billingOwnerId: string | undefined },
  outcome: JobOutcome,
  signal: AbortSignal,
): Promise<void> {
  await service.call({
    what: "complete job",
    method: "POST",
    url: new URL("completejob", systemUrl).href,
    body: {
      planId: job.planId,
      jobId: job.jobId,
      conclusion: outcome.conclusion,
      outputs: outcome.outputs,
      stepResults: outcome.stepResults,
      annotations: outcome.annotations,
      telemetry: [],
      environmentUrl: outcome.environmentUrl,
      billingOwnerId: job.billingOwnerId,
      infrastructureFailureCategory: null,
    },
    signal,
  });
}
