import { serviceBase } from "../../model/jit/jit-config.ts";
import { readCompletion } from "../../model/run-service/completion.ts";
import type { Execution } from "../../model/run-service/job-executions.ts";
import { stringField } from "../../model/run-service/loose-json.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import { json, jsonBody, jsonText, type RunnerCall, type RunnerReply } from "./exchange.ts";
import { runServiceError } from "./refusals.ts";

/** `acquirejob`, with the runner's own token. */
export function acquireJob(
  side: RunnerSide,
  runner: { readonly id: number; readonly name: string },
  call: RunnerCall,
): RunnerReply {
  const body = jsonBody(call);
  // One runner sends both members, with the same id in them.
  const jobId = stringField(body, "jobMessageId") ?? stringField(body, "streamId");
  if (jobId === undefined) return runServiceError(422, "jobMessageId is missing");
  const base = serviceBase(call.origin);
  const answer = side.executions.acquire(runner, jobId, {
    serviceBase: base,
    feedUrl: `${base.replace(/^http/, "ws")}feed`,
  });
  switch (answer.kind) {
    case "acquired":
      return jsonText(200, answer.execution.message);
    case "not-found":
      return runServiceError(404, "job not found");
    case "taken-by-another":
      return runServiceError(409, "job already acquired by another runner");
    default:
      return answer satisfies never;
  }
}

/** `renewjob` and `completejob`, with the job's token. */
export function jobReport(
  side: RunnerSide,
  execution: Execution,
  route: "renewjob" | "completejob",
  call: RunnerCall,
): RunnerReply {
  const body = jsonBody(call);
  if (!names(body, execution)) {
    return runServiceError(403, "the token belongs to another job than the one that planId and jobId name");
  }
  if (route === "completejob") {
    side.complete(execution, readCompletion(body));
    return json(200, {});
  }
  const lockedUntilMs = side.executions.renew(execution);
  return lockedUntilMs === undefined
    ? runServiceError(404, "job not found")
    : json(200, { lockedUntil: new Date(lockedUntilMs).toISOString() });
}

function names(body: unknown, execution: Execution): boolean {
  return (
    stringField(body, "planId")?.toLowerCase() === execution.planId &&
    stringField(body, "jobId")?.toLowerCase() === execution.jobId
  );
}
