import type { RunnerPollAnswer } from "../../model/broker/runner-sessions.ts";
import { serviceBase } from "../../model/jit/jit-config.ts";
import { objectField, stringField } from "../../model/run-service/loose-json.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import type { Call } from "../call.ts";
import { type ApiResponse, empty, json } from "../exchange.ts";
import type { Route } from "../router.ts";
import { brokerError } from "./refusals.ts";
import { type RunnerServices, runnerSurface, withRunner } from "./runner-services.ts";

/** The broker: sessions and messages of runners that speak the current protocol. */
export function brokerRoutes(services: RunnerServices): readonly Route[] {
  const { side, polls } = services;
  return [
    {
      name: "runner.session.create",
      method: "POST",
      path: "/session",
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, call) => openSession(side, runnerId, call) ?? runnerGone()),
    },
    {
      name: "runner.session.delete",
      method: "DELETE",
      path: "/session",
      surface: runnerSurface,
      // The request names no session: the token says whose it is.
      handle: withRunner(services, (runnerId) => {
        side.sessions.close(runnerId);
        return empty(204);
      }),
    },
    {
      name: "runner.message",
      method: "GET",
      path: "/message",
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, { query }) =>
        polls.open(side, runnerId, { sessionId: query.get("sessionId") ?? "", online: isOnline(query) }, writeAnswer),
      ),
    },
    {
      name: "runner.acknowledge",
      method: "POST",
      path: "/acknowledge",
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, call) => acknowledge(side, runnerId, call)),
    },
  ];
}

/** Opens a session and answers it as either queue does; undefined when the runner is gone. */
export function openSession(side: RunnerSide, runnerId: number, call: Call): ApiResponse | undefined {
  const sessionId = side.sessions.open(runnerId, serviceBase(call.origin));
  if (sessionId === undefined) return undefined;
  const wish = call.bodyJson();
  return json(200, {
    sessionId,
    ownerName: stringField(wish, "ownerName") ?? "",
    agent: objectField(wish, "agent") ?? { id: runnerId },
    useFipsEncryption: false,
  });
}

/** A poll without a status comes from a runner that waits. */
export function isOnline(query: URLSearchParams): boolean {
  return (query.get("status") ?? "online").toLowerCase() === "online";
}

function acknowledge(side: RunnerSide, runnerId: number, call: Call): ApiResponse {
  const jobId = stringField(call.bodyJson(), "runnerRequestId") ?? "";
  const isKnown = side.sessions.acknowledge(runnerId, jobId) || side.executions.ofJob(jobId)?.runnerId === runnerId;
  return isKnown
    ? json(200, {})
    : brokerError(404, "AcknowledgeJobNotFound", "The job is not held out to this runner any more.");
}

function writeAnswer(answer: RunnerPollAnswer): ApiResponse {
  switch (answer.kind) {
    case "message":
      return json(200, answer.message);
    case "nothing":
      return empty(202);
    case "runner-gone":
      return runnerGone();
    case "session-invalid":
      return brokerError(404, "RunnerSessionInvalid", "The session is over. Create a new one.");
    default:
      return answer satisfies never;
  }
}

function runnerGone(): ApiResponse {
  return brokerError(404, "RunnerNotFound", "Runner not found");
}
