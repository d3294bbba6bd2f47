import type { RunnerPollAnswer } from "../../model/broker/runner-sessions.ts";
import { type ApiResponse, empty, json } from "../exchange.ts";
import type { Route } from "../router.ts";
import { isOnline, openSession } from "./broker-routes.ts";
import { connectionData } from "./location-service.ts";
import { taskAgentError } from "./refusals.ts";
import { type RunnerServices, runnerSurface, withRunner } from "./runner-services.ts";

/**
 * The older queue: one known runner starts here whatever its configuration says. Messages are plain text and carry the
 * same job references as the broker's.
 */
export function taskAgentRoutes(services: RunnerServices): readonly Route[] {
  const { side, polls } = services;
  const pool = "/_apis/distributedtask/pools/:pool";
  return [
    {
      name: "agent.locations",
      method: "GET",
      path: "/_apis/connectionData",
      surface: runnerSurface,
      handle: () => json(200, connectionData),
    },
    {
      name: "agent.session.create",
      method: "POST",
      path: `${pool}/sessions`,
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, call) => openSession(side, runnerId, call) ?? runnerGone()),
    },
    {
      name: "agent.session.delete",
      method: "DELETE",
      path: `${pool}/sessions/:session`,
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, call) => {
        if (side.sessions.holds(runnerId, call.param("session"))) side.sessions.close(runnerId);
        return empty(204);
      }),
    },
    {
      name: "agent.message",
      method: "GET",
      path: `${pool}/messages`,
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, { query }) =>
        polls.open(side, runnerId, { sessionId: query.get("sessionId") ?? "", online: isOnline(query) }, writeAnswer),
      ),
    },
    {
      name: "agent.message.delete",
      method: "DELETE",
      path: `${pool}/messages/:message`,
      surface: runnerSurface,
      handle: withRunner(services, (runnerId, call) => {
        // Some runners delete twice, so an id that nobody knows is fine.
        if (side.sessions.holds(runnerId, call.query.get("sessionId") ?? "")) {
          side.sessions.deleteMessage(runnerId, Number(call.param("message")));
        }
        return empty(204);
      }),
    },
  ];
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
      return taskAgentError(403, "TaskAgentSessionExpiredException", "The session was not found.");
    default:
      return answer satisfies never;
  }
}

function runnerGone(): ApiResponse {
  return taskAgentError(404, "TaskAgentNotFoundException", "The runner is not registered.");
}
