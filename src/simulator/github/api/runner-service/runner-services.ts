import { githubDesk, type WorkflowJobs } from "../../model/broker/github-desk.ts";
import type { RunnerSessionLimits } from "../../model/broker/runner-sessions.ts";
import type { GitHubModel } from "../../model/github-model.ts";
import type { BlobLimits } from "../../model/results/log-blobs.ts";
import type { Execution } from "../../model/run-service/job-executions.ts";
import { RunnerSide } from "../../model/run-service/runner-side.ts";
import type { Call } from "../call.ts";
import { type ApiResponse, json, type Reply } from "../exchange.ts";
import type { Surface } from "../router.ts";
import { RunnerPolls } from "./runner-polls.ts";

/** What the handlers of a runner's requests share. */
export interface RunnerServices {
  readonly model: GitHubModel;
  readonly side: RunnerSide;
  readonly polls: RunnerPolls;
}

/**
 * Puts the services a runner talks to beside a model of GitHub.
 *
 * @param options.workflowJobs the workflow engine, which writes the messages of its jobs; without it only raw jobs run.
 */
export function createRunnerServices(
  model: GitHubModel,
  options: {
    readonly workflowJobs?: WorkflowJobs;
    readonly sessionLimits?: Partial<RunnerSessionLimits>;
    readonly blobLimits?: Partial<BlobLimits>;
  } = {},
): RunnerServices {
  const polls = new RunnerPolls();
  const side = new RunnerSide({
    time: {
      nowMs: () => model.nowMs(),
      after: (durationMs, fire) => ({ cancel: model.schedule(model.nowMs() + durationMs, fire) }),
    },
    random: model.kernel.random,
    desk: githubDesk(model, options.workflowJobs),
    emit: (effect) => polls.settled(effect),
    sessionLimits: { pollWindowMs: model.kernel.limits.pollWindowMs, ...options.sessionLimits },
    ...(options.blobLimits === undefined ? {} : { blobLimits: options.blobLimits }),
  });
  model.subscribe((effect) => side.observe(effect));
  return { model, side, polls };
}

/** Runners read JSON errors; a command that the model refuses reaches them as "not found". */
export const runnerSurface: Surface = {
  refuse: (refusal) => json(404, { message: refusal.message }),
};

/** Serves a request that carries a runner's token; any other one is challenged. */
export function withRunner(
  { side }: RunnerServices,
  serve: (runnerId: number, call: Call) => Reply,
): (call: Call) => Reply {
  return (call) => {
    const runnerId = side.credentials.runnerOf(call.credential("Bearer") ?? "");
    return runnerId === undefined ? unauthorized() : serve(runnerId, call);
  };
}

/** Serves a request that carries the token of a job; any other one, a runner's too, is challenged. */
export function withJob(
  { side }: RunnerServices,
  serve: (execution: Execution, call: Call) => Reply,
): (call: Call) => Reply {
  return (call) => {
    const execution = side.executions.ofToken(call.credential("Bearer") ?? "");
    return execution === undefined ? unauthorized() : serve(execution, call);
  };
}

/** The challenge without which runners do not fetch a token. */
function unauthorized(): ApiResponse {
  return json(401, { message: "The token is missing, unknown or expired." }, { "www-authenticate": "Bearer" });
}
