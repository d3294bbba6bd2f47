import type { BlobAddress, BlobKind } from "../../model/results/log-blobs.ts";
import type { StepUpdate } from "../../model/results/step-progress.ts";
import type { Execution } from "../../model/run-service/job-executions.ts";
import { field, listField, stringField } from "../../model/run-service/loose-json.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import type { Call } from "../call.ts";
import { type ApiResponse, empty, json } from "../exchange.ts";
import type { Route } from "../router.ts";
import { type RunnerServices, runnerSurface, withJob } from "./runner-services.ts";

/** What each "where may I upload" call is about, and how its answer names the address. */
const uploads: Readonly<Record<string, { readonly kind: BlobKind; readonly urlMember: string }>> = {
  GetStepLogsSignedBlobURL: { kind: "step-log", urlMember: "logs_url" },
  GetJobLogsSignedBlobURL: { kind: "job-log", urlMember: "logs_url" },
  GetStepSummarySignedBlobURL: { kind: "step-summary", urlMember: "summary_url" },
  GetJobDiagLogsSignedBlobURL: { kind: "job-diagnostics", urlMember: "diag_logs_url" },
};

const uploadDone = new Set(["CreateStepLogsMetadata", "CreateJobLogsMetadata", "CreateStepSummaryMetadata"]);

/** Step states, addresses for log uploads, and the uploads themselves. */
export function resultsRoutes(services: RunnerServices): readonly Route[] {
  return [
    {
      name: "results",
      method: "POST",
      path: "/twirp/:service/:method",
      surface: runnerSurface,
      handle: withJob(services, (execution, call) => results(services.side, execution, call)),
    },
    {
      name: "results.upload",
      method: "PUT",
      path: "/blob/*",
      surface: runnerSurface,
      // No token: the signature in the address stands for it.
      handle: (call) => upload(services.side, call),
    },
  ];
}

function results(side: RunnerSide, execution: Execution, call: Call): ApiResponse {
  const body = call.bodyJson();
  const planId = stringField(body, "workflow_run_backend_id")?.toLowerCase();
  const jobId = stringField(body, "workflow_job_run_backend_id")?.toLowerCase();
  if (planId !== execution.planId || jobId !== execution.jobId) {
    return twirpError(403, "permission_denied", "The token belongs to another job.");
  }
  const method = call.param("method");
  switch (call.param("service")) {
    case "github.actions.results.api.v1.WorkflowStepUpdateService":
      if (method !== "WorkflowStepsUpdate") break;
      side.stepsReported(jobId, numberOf(field(body, "change_order")), listField(body, "steps").map(readStep));
      return json(200, { ok: true });
    case "results.services.receiver.Receiver": {
      if (uploadDone.has(method)) return json(200, { ok: true });
      const wanted = uploads[method];
      if (wanted !== undefined) return uploadAddress(side, jobId, wanted, call);
      break;
    }
    default:
      break;
  }
  return twirpError(404, "bad_route", `No handler for ${call.request.path}.`);
}

function uploadAddress(
  side: RunnerSide,
  jobId: string,
  wanted: { readonly kind: BlobKind; readonly urlMember: string },
  call: Call,
): ApiResponse {
  const ofStep = wanted.kind === "step-log" || wanted.kind === "step-summary";
  const stepId = ofStep ? (stringField(call.bodyJson(), "step_backend_id") ?? "").toLowerCase() : "";
  if (ofStep && !/^[0-9a-f-]{1,64}$/.test(stepId)) {
    return twirpError(400, "invalid_argument", "step_backend_id must be a GUID.");
  }
  const signature = side.blobs.sign({ jobId, kind: wanted.kind, stepId });
  if (signature === undefined) return twirpError(429, "resource_exhausted", "The job has too many logs already.");
  return json(200, {
    // There must be a query already: runners append further parameters with "&".
    [wanted.urlMember]: `${call.origin}/blob/${jobId}/${wanted.kind}/${stepId}?sig=${signature}`,
    blob_storage_type: "BLOB_STORAGE_TYPE_UNSPECIFIED",
    // A string: one runner refuses a number here.
    ...(ofStep ? { soft_size_limit: "10485760" } : {}),
  });
}

function upload(side: RunnerSide, call: Call): ApiResponse {
  const address = blobAddress(call.param("rest"));
  if (address === undefined) return empty(404);
  const stored = side.blobs.write(address, {
    signature: call.query.get("sig") ?? "",
    append: call.query.get("comp") === "appendblock",
    bytes: call.request.bytes ?? Buffer.from(call.request.body, "utf8"),
  });
  switch (stored) {
    case "stored":
      return empty(201);
    case "unknown":
      return empty(403);
    case "too-large":
      return empty(413);
    default:
      return stored satisfies never;
  }
}

function blobAddress(route: string): BlobAddress | undefined {
  const [, jobId, kind, stepId] = /^([^/]+)\/([^/]+)(?:\/([^/]*))?$/.exec(route) ?? [];
  switch (kind) {
    case "job-log":
    case "step-log":
    case "step-summary":
    case "job-diagnostics":
      return { jobId: (jobId ?? "").toLowerCase(), kind, stepId: (stepId ?? "").toLowerCase() };
    default:
      return undefined;
  }
}

function readStep(step: unknown): StepUpdate {
  return {
    externalId: (stringField(step, "external_id") ?? "").toLowerCase(),
    number: numberOf(field(step, "number")),
    name: stringField(step, "name") ?? "",
    conclusion: numberOf(field(step, "conclusion")),
    startedAt: stringField(step, "started_at") ?? null,
    completedAt: stringField(step, "completed_at") ?? null,
  };
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function twirpError(status: number, code: string, msg: string): ApiResponse {
  return json(status, { code, msg });
}
