import type { RunnerClock } from "../runner-clock.ts";
import { type HttpClient, sendWithRetry } from "./http-call.ts";
import { field, text } from "./json-fields.ts";
import type { JobIdentity } from "./run-service-client.ts";
import { type ServiceCaller, ServiceError } from "./service-call.ts";

/** A step's state as the results service counts it: the official runner's numbers. */
export const stepStatus = { inProgress: 3, pending: 5, completed: 6 } as const;
export const stepConclusion = { unset: 0, succeeded: 2, failed: 3, canceled: 4, skipped: 7 } as const;

export interface StepUpdate {
  readonly external_id: string;
  readonly number: number;
  readonly name: string;
  readonly status: number;
  readonly conclusion: number;
  readonly started_at: string | null;
  readonly completed_at: string | null;
}

/** Which log an upload belongs to: one step's, or the job's. */
export type LogOwner = { readonly kind: "step"; readonly stepId: string } | { readonly kind: "job" };

export interface ResultsClient {
  updateSteps(steps: readonly StepUpdate[], changeOrder: number, signal: AbortSignal): Promise<void>;
  logUrl(owner: LogOwner, signal: AbortSignal): Promise<string>;
  finishLog(owner: LogOwner, lineCount: number, signal: AbortSignal): Promise<void>;
  uploadSummary(stepId: string, content: string, signal: AbortSignal): Promise<void>;
  /** The whole content in one request. */
  putBlob(url: string, content: Buffer, signal: AbortSignal): Promise<void>;
  /** The empty blob that blocks are then appended to. */
  createBlob(url: string, signal: AbortSignal): Promise<void>;
  appendBlob(url: string, block: Buffer, seal: boolean, signal: AbortSignal): Promise<void>;
}

const receiver = "twirp/results.services.receiver.Receiver/";
const stepUpdates = "twirp/github.actions.results.api.v1.WorkflowStepUpdateService/";

export function createResultsClient(options: {
  readonly baseUrl: string;
  readonly job: JobIdentity;
  readonly service: ServiceCaller;
  readonly send: HttpClient;
  readonly clock: RunnerClock;
}): ResultsClient {
  const { job, service, send, clock } = options;
  const ids = { workflow_run_backend_id: job.planId, workflow_job_run_backend_id: job.jobId };
  const call = async (method: string, body: object, signal: AbortSignal): Promise<unknown> =>
    await service.call({ what: method, method: "POST", url: new URL(method, options.baseUrl).href, body, signal });
  const put = async (what: string, url: string, content: Buffer, signal: AbortSignal): Promise<void> => {
    // Signed URLs carry their own permission: no Authorization header.
    const headers = { "content-type": "application/octet-stream" };
    const answer = await sendWithRetry(send, { method: "PUT", url, headers, body: content, signal }, { clock });
    if (answer.status < 200 || answer.status > 299) throw new ServiceError(what, answer.status, "", "");
  };
  const ofOwner = (owner: LogOwner): object => (owner.kind === "job" ? ids : { ...ids, step_backend_id: owner.stepId });
  const noun = (owner: LogOwner): string => (owner.kind === "job" ? "Job" : "Step");

  return {
    async updateSteps(steps, changeOrder, signal) {
      await call(`${stepUpdates}WorkflowStepsUpdate`, { steps, change_order: changeOrder, ...ids }, signal);
    },
    async logUrl(owner, signal) {
      return signedUrl(await call(`${receiver}Get${noun(owner)}LogsSignedBlobURL`, ofOwner(owner), signal), "logs_url");
    },
    async finishLog(owner, lineCount, signal) {
      const body = { ...ofOwner(owner), uploaded_at: new Date(clock.nowMs()).toISOString(), line_count: lineCount };
      await call(`${receiver}Create${noun(owner)}LogsMetadata`, body, signal);
    },
    async uploadSummary(stepId, content, signal) {
      const owner = { ...ids, step_backend_id: stepId };
      const answer = await call(`${receiver}GetStepSummarySignedBlobURL`, owner, signal);
      const bytes = Buffer.from(content);
      await put("upload step summary", signedUrl(answer, "summary_url"), bytes, signal);
      const body = { ...owner, size: bytes.length, uploaded_at: new Date(clock.nowMs()).toISOString() };
      await call(`${receiver}CreateStepSummaryMetadata`, body, signal);
    },
    async putBlob(url, content, signal) {
      await put("upload log", url, content, signal);
    },
    async createBlob(url, signal) {
      await put("create log", url, Buffer.alloc(0), signal);
    },
    async appendBlob(url, block, seal, signal) {
      await put("append to log", `${url}&comp=appendblock${seal ? "&seal=true" : ""}`, block, signal);
    },
  };
}

function signedUrl(answer: unknown, name: string): string {
  const url = text(answer, name);
  if (url === undefined || url === "")
    throw new Error(`The results service answered without ${name}: ${typeof field(answer, name)}.`);
  return url;
}
