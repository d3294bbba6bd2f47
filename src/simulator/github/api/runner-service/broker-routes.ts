import type { RunnerPollAnswer } from "../../model/broker/runner-sessions.ts";
import { serviceBase } from "../../model/jit/jit-config.ts";
import { objectField, stringField } from "../../model/run-service/loose-json.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import { empty, json, jsonBody, type RunnerAnswer, type RunnerCall, type RunnerReply } from "./exchange.ts";
import { brokerError } from "./refusals.ts";
import type { RunnerPolls } from "./runner-polls.ts";

/** The broker: sessions and messages of runners that speak the current protocol. */
export function brokerRoute(
  side: RunnerSide,
  polls: RunnerPolls,
  runnerId: number,
  route: string,
  call: RunnerCall,
): RunnerAnswer | RunnerReply | undefined {
  switch (`${call.method} ${route}`) {
    case "POST session":
      return openSession(side, runnerId, call) ?? runnerGone();
    case "DELETE session":
      // The request names no session: the token says whose it is.
      side.sessions.close(runnerId);
      return empty(204);
    case "GET message":
      return polls.open(
        side,
        runnerId,
        { sessionId: call.query.get("sessionId") ?? "", online: isOnline(call.query) },
        writeAnswer,
      );
    case "POST acknowledge": {
      const jobId = stringField(jsonBody(call), "runnerRequestId") ?? "";
      if (side.sessions.acknowledge(runnerId, jobId) || side.executions.ofJob(jobId)?.runnerId === runnerId) {
        return json(200, {});
      }
      return brokerError(404, "AcknowledgeJobNotFound", "The job is not held out to this runner any more.");
    }
    default:
      return undefined;
  }
}

/** Opens a session and answers it as either queue does; undefined when the runner is gone. */
export function openSession(side: RunnerSide, runnerId: number, call: RunnerCall): RunnerReply | undefined {
  const sessionId = side.sessions.open(runnerId, serviceBase(call.origin));
  if (sessionId === undefined) return undefined;
  const wish = jsonBody(call);
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

function writeAnswer(answer: RunnerPollAnswer): RunnerReply {
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

function runnerGone(): RunnerReply {
  return brokerError(404, "RunnerNotFound", "Runner not found");
}
