import { isOAuthError } from "../../model/oauth/client-assertion.ts";
import { json } from "../exchange.ts";
import type { Route } from "../router.ts";
import { brokerRoutes } from "./broker-routes.ts";
import { resultsRoutes } from "./results-routes.ts";
import { runServiceRoutes } from "./run-service-routes.ts";
import { type RunnerServices, runnerSurface } from "./runner-services.ts";
import { taskAgentRoutes } from "./task-agent-routes.ts";

/**
 * Every call of a runner, all at the root of the origin. A front puts the pieces together like this:
 *
 *     const services = createRunnerServices(model, { workflowJobs: runs });
 *     const api = createGitHubApi({
 *       model,
 *       jitConfigs: jitConfigIssuer(services, keyRing),
 *       routes: [...runnerServiceRoutes(services), ...controlRoutes],
 *     });
 *     attachFeed(httpServer, services); // The console socket `/feed`; only fronts with sockets have it.
 *
 * The text of a job's log is `services.side.log(jobId)`; `services.side.sessions.releaseAll()` ends parked polls at shutdown.
 * Log uploads need `ApiRequest.bytes`: a block may end in the middle of a character.
 */
export function runnerServiceRoutes(services: RunnerServices): readonly Route[] {
  return [
    {
      name: "runner.token",
      method: "POST",
      path: "/oauth/token",
      surface: runnerSurface,
      handle: (call) => {
        const form = Object.fromEntries(new URLSearchParams(call.request.body));
        const answer = services.side.credentials.exchange(form);
        // Exactly 400: a runner swallows any other error status and goes on without a token.
        return isOAuthError(answer) ? json(400, answer) : json(200, answer);
      },
    },
    ...brokerRoutes(services),
    ...taskAgentRoutes(services),
    ...runServiceRoutes(services),
    ...resultsRoutes(services),
  ];
}
