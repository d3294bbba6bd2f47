import { githubDesk, type WorkflowMessages } from "../../model/broker/github-desk.ts";
import type { RunnerSessionLimits } from "../../model/broker/runner-sessions.ts";
import type { GitHubModel } from "../../model/github-model.ts";
import { isOAuthError } from "../../model/oauth/client-assertion.ts";
import type { BlobLimits } from "../../model/results/log-blobs.ts";
import { RunnerSide } from "../../model/run-service/runner-side.ts";
import { listField } from "../../model/run-service/loose-json.ts";
import { brokerRoute } from "./broker-routes.ts";
import { bearerToken, json, type RunnerAnswer, type RunnerCall, type RunnerReply, unauthorized } from "./exchange.ts";
import { connectionData } from "./location-service.ts";
import { blobRoute, resultsRoute } from "./results-routes.ts";
import { acquireJob, jobReport } from "./run-service-routes.ts";
import { RunnerPolls } from "./runner-polls.ts";
import { taskAgentRoute } from "./task-agent-routes.ts";

/** The services a runner talks to, on top of the model of GitHub. */
export interface RunnerService {
  readonly side: RunnerSide;
  /**
   * Answers a request of a runner; undefined when the path is not one of the runner's.
   * The paths are those below the origin's root: `oauth/token`, `session`, `message`, `acknowledge`, `acquirejob`,
   * `renewjob`, `completejob`, `_apis/connectionData`, `_apis/distributedtask/pools/{pool}/sessions|messages`, `twirp/`
   * and `blob/`. The web socket of `feed` is opened by `attachFeed`.
   */
  handle(call: RunnerCall): RunnerAnswer | undefined;
  /** What arrives on the console socket of the job that `jobToken` stands for; undefined when the token is unknown. */
  console(jobToken: string): ((text: string) => void) | undefined;
}

/**
 * @param options.workflowMessages builds the job message of jobs that come from workflow files; without it only raw jobs run.
 */
export function createRunnerService(
  model: GitHubModel,
  options: {
    readonly workflowMessages?: WorkflowMessages;
    readonly sessionLimits?: Partial<RunnerSessionLimits>;
    readonly blobLimits?: Partial<BlobLimits>;
  } = {},
): RunnerService {
  const polls = new RunnerPolls();
  const side = new RunnerSide({
    time: {
      nowMs: () => model.nowMs(),
      after: (durationMs, fire) => ({ cancel: model.schedule(model.nowMs() + durationMs, fire) }),
    },
    random: model.kernel.random,
    desk: githubDesk(model, options.workflowMessages ?? (() => undefined)),
    emit: (effect) => polls.settled(effect),
    sessionLimits: { pollWindowMs: model.kernel.limits.pollWindowMs, ...options.sessionLimits },
    ...(options.blobLimits === undefined ? {} : { blobLimits: options.blobLimits }),
  });
  model.subscribe((effect) => side.observe(effect));
  return {
    side,
    handle: (call) => {
      const answer = route(model, side, polls, call);
      return answer === undefined || "kind" in answer ? answer : { kind: "reply", reply: answer };
    },
    console: (jobToken) => {
      const execution = side.executions.ofToken(jobToken);
      if (execution === undefined) return undefined;
      return (text) => side.console.append(execution.jobId, consoleLines(text));
    },
  };
}

function route(
  model: GitHubModel,
  side: RunnerSide,
  polls: RunnerPolls,
  call: RunnerCall,
): RunnerAnswer | RunnerReply | undefined {
  const path = call.path.replace(/\/{2,}/g, "/").replace(/^\/|\/$/g, "");
  const [, area = "", rest = ""] = /^([^/]*)(?:\/(.*))?$/.exec(path) ?? [];
  switch (area) {
    case "oauth":
      return rest === "token" && call.method === "POST" ? exchangeToken(side, call) : undefined;
    case "session":
    case "message":
    case "acknowledge":
      if (rest !== "") return undefined;
      return forRunner(side, call, (runnerId) => brokerRoute(side, polls, runnerId, area, call));
    case "acquirejob":
      if (rest !== "" || call.method !== "POST") return undefined;
      return forRunner(side, call, (id) => {
        const name = model.runners.findEver(id)?.name ?? "";
        return acquireJob(side, { id, name }, call);
      });
    case "renewjob":
    case "completejob":
      if (rest !== "" || call.method !== "POST") return undefined;
      return forJob(side, call, (execution) => jobReport(side, execution, area, call));
    case "twirp":
      return forJob(side, call, (execution) => resultsRoute(side, execution, rest, call));
    case "blob":
      return blobRoute(side, rest, call);
    case "_apis":
      return apisRoute(side, polls, rest, call);
    default:
      return undefined;
  }
}

function apisRoute(
  side: RunnerSide,
  polls: RunnerPolls,
  rest: string,
  call: RunnerCall,
): RunnerAnswer | RunnerReply | undefined {
  if (rest.toLowerCase() === "connectiondata" && call.method === "GET") return json(200, connectionData);
  const queue = /^distributedtask\/pools\/\d+\/((?:sessions|messages).*)$/i.exec(rest)?.[1];
  if (queue === undefined) return undefined;
  return forRunner(side, call, (runnerId) => taskAgentRoute(side, polls, runnerId, queue, call));
}

function exchangeToken(side: RunnerSide, call: RunnerCall): RunnerReply {
  const answer = side.credentials.exchange(Object.fromEntries(new URLSearchParams(call.body)));
  return isOAuthError(answer) ? json(400, answer) : json(200, answer);
}

function forRunner<T>(side: RunnerSide, call: RunnerCall, serve: (runnerId: number) => T): T | RunnerReply {
  const token = bearerToken(call);
  const runnerId = token === undefined ? undefined : side.credentials.runnerOf(token);
  return runnerId === undefined ? unauthorized() : serve(runnerId);
}

function forJob(
  side: RunnerSide,
  call: RunnerCall,
  serve: (execution: NonNullable<ReturnType<RunnerSide["executions"]["ofToken"]>>) => RunnerReply,
): RunnerReply {
  const token = bearerToken(call);
  const execution = token === undefined ? undefined : side.executions.ofToken(token);
  return execution === undefined ? unauthorized() : serve(execution);
}

function consoleLines(text: string): readonly string[] {
  try {
    const message: unknown = JSON.parse(text);
    const lines = listField(message, "value");
    return lines.filter((line) => typeof line === "string");
  } catch {
    // The console is a courtesy: what cannot be read is left out and harms nothing.
    return [];
  }
}
