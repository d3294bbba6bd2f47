import { serviceBase } from "../../model/jit/jit-config.ts";
import { readCompletion } from "../../model/run-service/completion.ts";
import type { Execution } from "../../model/run-service/job-executions.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import { stringField } from "../../model/run-service/loose-json.ts";
import type { Call } from "../call.ts";
import { type ApiResponse, json, jsonType } from "../exchange.ts";
import type { Route } from "../router.ts";
import { runServiceError } from "./refusals.ts";
import { type RunnerServices, runnerSurface, withJob, withRunner } from "./runner-services.ts";

/** A job's beginning, its sign of life and its end. */
export function runServiceRoutes(services: RunnerServices): readonly Route[] {
  const { side } = services;
  return [
    {
      name: "job.acquire",
      method: "POST",
      path: "/acquirejob",
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, call) => acquire(side, runnerId, call)),
    },
    {
      name: "job.renew",
      method: "POST",
      path: "/renewjob",
      surface: runnerSurface,
      handle: withJob(services, (execution, call) => {
        if (!names(call.bodyJson(), execution)) return otherJob();
        const lockedUntilMs = side.executions.renew(execution);
        return lockedUntilMs === undefined
          ? runServiceError(404, "job not found")
          : json(200, { lockedUntil: new Date(lockedUntilMs).toISOString() });
      }),
    },
    {
      name: "job.complete",
      method: "POST",
      path: "/completejob",
      surface: runnerSurface,
      handle: withJob(services, (execution, call) => {
        const report = call.bodyJson();
        if (!names(report, execution)) return otherJob();
        side.complete(execution, readCompletion(report));
        return json(200, {});
      }),
    },
  ];
}

function acquire(side: RunnerSide, runnerId: number, call: Call): ApiResponse {
  const body = call.bodyJson();
  // One runner sends both members, with the same id in them.
  const jobId = stringField(body, "jobMessageId") ?? stringField(body, "streamId");
  if (jobId === undefined) return runServiceError(422, "jobMessageId is missing");
  const base = serviceBase(call.origin);
  const answer = side.executions.acquire(runnerId, jobId, {
    serviceBase: base,
    feedUrl: `${base.replace(/^http/, "ws")}feed`,
  });
  switch (answer.kind) {
    case "acquired":
      return { status: 200, headers: { "content-type": jsonType }, body: answer.execution.message };
    case "not-found":
      return runServiceError(404, "job not found");
    case "taken-by-another":
      return runServiceError(409, "job already acquired by another runner");
    default:
      return answer satisfies never;
  }
}

function names(body: unknown, execution: Execution): boolean {
  return (
    stringField(body, "planId")?.toLowerCase() === execution.planId &&
    stringField(body, "jobId")?.toLowerCase() === execution.jobId
  );
}

function otherJob(): ApiResponse {
  return runServiceError(403, "the token belongs to another job than the one that planId and jobId name");
}
