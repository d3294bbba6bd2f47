import type { GitHubModel } from "../model/github-model.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";
import { accountRoutes } from "./account-routes.ts";
import { appRoutes } from "./app-routes.ts";
import { queueRoutes } from "./queue-routes.ts";
import { registrationRoutes } from "./registration-routes.ts";
import { requestIds } from "./request-ids.ts";
import { type Route, Router } from "./router.ts";
import { runRoutes } from "./run-routes.ts";
import { runnerRoutes } from "./runner-routes.ts";
import { scaleSetRoutes } from "./scale-set-routes.ts";
import type { JitConfigIssuer, ServiceContext } from "./service-context.ts";

/** GitHub's HTTP interface over a model: what both fronts serve. */
export interface GitHubApi {
  readonly model: GitHubModel;
  readonly router: Router;
}

/**
 * @param options.routes further routes, such as the control plane and the runner's own services.
 */
export function createGitHubApi(options: {
  readonly model: GitHubModel;
  /** Without it there are no routes for runs and jobs. */
  readonly desk?: WorkflowDesk;
  readonly jitConfigs: JitConfigIssuer;
  readonly routes?: Iterable<Route>;
}): GitHubApi {
  const { model } = options;
  const context: ServiceContext = { model, jitConfigs: options.jitConfigs, parkedPolls: new Map() };
  model.subscribe((effect) => {
    if (effect.kind !== "poll-settled") return;
    const waiting = context.parkedPolls.get(effect.ticket);
    context.parkedPolls.delete(effect.ticket);
    waiting?.settle(effect.answer);
  });
  const router = new Router(
    [
      ...accountRoutes(context),
      ...appRoutes(context),
      ...registrationRoutes(context),
      ...scaleSetRoutes(context),
      ...queueRoutes(context),
      ...runnerRoutes(context),
      ...(options.desk === undefined ? [] : runRoutes(context, options.desk)),
      ...(options.routes ?? []),
    ],
    requestIds(model),
  );
  return { model, router };
}
