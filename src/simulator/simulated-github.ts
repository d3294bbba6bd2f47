import { FaultBoard } from "./faults/fault-board.ts";
import { controlRoutes } from "./github/api/control-routes.ts";
import { createGitHubApi } from "./github/api/github-api.ts";
import type { Router } from "./github/api/router.ts";
import { jitConfigIssuer } from "./github/api/runner-service/jit-issuer.ts";
import { runnerServiceRoutes } from "./github/api/runner-service/runner-service-routes.ts";
import { createRunnerServices, type RunnerServices } from "./github/api/runner-service/runner-services.ts";
import { GitHubModel } from "./github/model/github-model.ts";
import type { KeyRing } from "./github/model/key-ring.ts";
import type { Flavour, ServiceLimits } from "./github/model/options.ts";
import { Runs } from "./github/model/runs/runs.ts";
import type { ModelClock, ModelRandom } from "./github/model/time-and-chance.ts";
import { WorkflowDesk } from "./github/model/workflow-desk.ts";

export interface SimulatedGitHubOptions {
  readonly clock: ModelClock;
  readonly random: ModelRandom;
  readonly keys: KeyRing;
  /** Origin under which runners and clients reach it, without a slash at the end. */
  readonly serverUrl: string;
  /** Default: github.com. */
  readonly flavour?: Flavour;
  /** Times and limits that differ from GitHub's. */
  readonly limits?: Partial<ServiceLimits>;
  /** As owner/name. */
  readonly repositories?: readonly string[];
}

/** All of GitHub that is simulated, with no front: whoever holds it brings requests to the router and time to the model. */
export interface SimulatedGitHub {
  readonly model: GitHubModel;
  readonly router: Router;
  readonly workflows: WorkflowDesk;
  readonly faults: FaultBoard;
  readonly runnerServices: RunnerServices;
}

/** @throws {RangeError} a repository is not owner/name. */
export function createSimulatedGitHub(options: SimulatedGitHubOptions): SimulatedGitHub {
  const { clock, random } = options;
  const model = new GitHubModel({
    clock,
    random,
    ...(options.flavour === undefined ? {} : { flavour: options.flavour }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  for (const repository of options.repositories ?? []) model.tenants.addRepository(repository);
  const runs = new Runs({
    clock: { nowMs: () => model.nowMs() },
    random,
    serverUrl: options.serverUrl,
    nextRunId: () => model.jobs.nextRunId(),
    nextJobId: () => model.jobs.nextRestJobId(),
    jobsMax: model.kernel.limits.historyMax,
  });
  const workflows = new WorkflowDesk(model, runs);
  const runnerServices = createRunnerServices(model, { workflowJobs: runs });
  // The board works on the router, and the control routes of that router work on the board.
  const board: { faults?: FaultBoard } = {};
  const faultsNow = (): FaultBoard => board.faults as FaultBoard;
  const { router } = createGitHubApi({
    model,
    desk: workflows,
    jitConfigs: jitConfigIssuer(runnerServices, options.keys),
    routes: [
      ...runnerServiceRoutes(runnerServices),
      ...controlRoutes({
        model,
        desk: workflows,
        faults: {
          start: (request) => faultsNow().start(request),
          list: () => faultsNow().list(),
          stop: (name) => faultsNow().stop(name),
        },
        log: (jobId) => runnerServices.side.log(jobId) ?? runs.problemLog(jobId),
      }),
    ],
  });
  const faults = new FaultBoard({ model, router, random });
  board.faults = faults;
  return { model, router, workflows, faults, runnerServices };
}
