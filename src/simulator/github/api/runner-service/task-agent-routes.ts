import type { RunnerPollAnswer } from "../../model/broker/runner-sessions.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import { isOnline, openSession } from "./broker-routes.ts";
import { empty, json, type RunnerAnswer, type RunnerCall, type RunnerReply } from "./exchange.ts";
import { taskAgentError } from "./refusals.ts";
import type { RunnerPolls } from "./runner-polls.ts";

/**
 * The older queue below `_apis/distributedtask/pools/{pool}`: one known runner starts here whatever its configuration
 * says. Messages are plain text and carry the same job references as the broker's.
 */
export function taskAgentRoute(
  side: RunnerSide,
  polls: RunnerPolls,
  runnerId: number,
  route: string,
  call: RunnerCall,
): RunnerAnswer | RunnerReply | undefined {
  const [, resource, id] = /^(sessions|messages)(?:\/([^/]+))?$/.exec(route) ?? [];
  const sessionId = call.query.get("sessionId") ?? "";
  switch (`${call.method} ${resource ?? ""}`) {
    case "POST sessions":
      return openSession(side, runnerId, call) ?? runnerGone();
    case "DELETE sessions":
      if (side.sessions.holds(runnerId, id ?? "")) side.sessions.close(runnerId);
      return empty(204);
    case "GET messages":
      return polls.open(side, runnerId, { sessionId, online: isOnline(call.query) }, writeAnswer);
    case "DELETE messages":
      // Some runners delete twice, so an id that nobody knows is fine.
      if (side.sessions.holds(runnerId, sessionId)) side.sessions.deleteMessage(runnerId, Number(id));
      return empty(204);
    default:
      return undefined;
  }
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
      return taskAgentError(403, "TaskAgentSessionExpiredException", "The session was not found.");
    default:
      return answer satisfies never;
  }
}

function runnerGone(): RunnerReply {
  return taskAgentError(404, "TaskAgentNotFoundException", "The runner is not registered.");
}
