import type { BlobAddress, BlobKind } from "../../model/results/log-blobs.ts";
import type { StepUpdate } from "../../model/results/step-progress.ts";
import { field, listField, stringField } from "../../model/run-service/loose-json.ts";
import type { Execution } from "../../model/run-service/job-executions.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import { empty, json, jsonBody, type RunnerCall, type RunnerReply } from "./exchange.ts";

/** What each "where may I upload" call is about, and how its answer names the address. */
const uploads: Readonly<Record<string, { readonly kind: BlobKind; readonly urlMember: string }>> = {
  GetStepLogsSignedBlobURL: { kind: "step-log", urlMember: "logs_url" },
  GetJobLogsSignedBlobURL: { kind: "job-log", urlMember: "logs_url" },
  GetStepSummarySignedBlobURL: { kind: "step-summary", urlMember: "summary_url" },
  GetJobDiagLogsSignedBlobURL: { kind: "job-diagnostics", urlMember: "diag_logs_url" },
};

const uploadDone = new Set(["CreateStepLogsMetadata", "CreateJobLogsMetadata", "CreateStepSummaryMetadata"]);

/** Calls below `twirp/`, with the job's token: step states, and addresses for log uploads. */
export function resultsRoute(side: RunnerSide, execution: Execution, route: string, call: RunnerCall): RunnerReply {
  const [, service, method] = /^([^/]+)\/([^/]+)$/.exec(route) ?? [];
  const body = jsonBody(call);
  const planId = stringField(body, "workflow_run_backend_id")?.toLowerCase();
  const jobId = stringField(body, "workflow_job_run_backend_id")?.toLowerCase();
  if (planId !== execution.planId || jobId !== execution.jobId) {
    return json(403, { code: "permission_denied", msg: "The token belongs to another job." });
  }
  if (
    service === "github.actions.results.api.v1.WorkflowStepUpdateService" &&
    method === "WorkflowStepsUpdate" &&
    call.method === "POST"
  ) {
    side.steps.update(jobId, numberOf(field(body, "change_order")), listField(body, "steps").map(readStep));
    return json(200, { ok: true });
  }
  if (service !== "results.services.receiver.Receiver" || method === undefined || call.method !== "POST") {
    return json(404, { code: "bad_route", msg: `No handler for ${call.method} ${call.path}.` });
  }
  if (uploadDone.has(method)) return json(200, { ok: true });
  const upload = uploads[method];
  if (upload === undefined) return json(404, { code: "bad_route", msg: `No handler for ${call.method} ${call.path}.` });
  const ofStep = upload.kind === "step-log" || upload.kind === "step-summary";
  const stepId = ofStep ? (stringField(body, "step_backend_id") ?? "").toLowerCase() : "";
  if (ofStep && !/^[0-9a-f-]{1,64}$/.test(stepId)) {
    return json(400, { code: "invalid_argument", msg: "step_backend_id must be a GUID." });
  }
  const signature = side.blobs.sign({ jobId, kind: upload.kind, stepId });
  return json(200, {
    // There must be a query already: runners append further parameters with "&".
    [upload.urlMember]: `${call.origin}/blob/${jobId}/${upload.kind}/${stepId}?sig=${signature}`,
    blob_storage_type: "BLOB_STORAGE_TYPE_UNSPECIFIED",
    // A string: one runner refuses a number here.
    ...(ofStep ? { soft_size_limit: "10485760" } : {}),
  });
}

/** Uploads below `blob/`. They carry no token; the signature in the address stands for it. */
export function blobRoute(side: RunnerSide, route: string, call: RunnerCall): RunnerReply {
  const address = blobAddress(route);
  if (address === undefined || call.method !== "PUT") return empty(404);
  const stored = side.blobs.write(address, {
    signature: call.query.get("sig") ?? "",
    append: call.query.get("comp") === "appendblock",
    bytes: call.bytes ?? Buffer.from(call.body, "utf8"),
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
