import { Refusal } from "../model/refusal.ts";
import { jobTruthOf } from "../model/truth.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";
import type { Call } from "./call.ts";
import { json, type Reply } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import { allowedTenant, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { jobsOfRun, restJob, runOf, runsOf, type RunView } from "./run-views.ts";
import type { ServiceContext } from "./service-context.ts";

const repositoryPath = "/repos/:owner/:repo";

/** Repositories, workflow runs and jobs over REST. @see https://docs.github.com/en/rest/actions/workflow-runs */
export function runRoutes(context: ServiceContext, desk: WorkflowDesk): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  const read = { "x-accepted-github-permissions": "actions=read" };
  const write = { "x-accepted-github-permissions": "actions=write" };

  const repositoryOf = (call: Call): string => {
    const owner = call.param("owner");
    const repository = call.param("repo");
    allowedTenant(model, call, { kind: "repository", owner, repository });
    return `${owner}/${repository}`;
  };
  const wantedRun = (call: Call): RunView => {
    const repository = repositoryOf(call).toLowerCase();
    const run = runOf(model, desk, Number(call.param("run")));
    if (run?.repository.toLowerCase() !== repository) throw new Refusal("run-not-found", "Not Found");
    return run;
  };
  const route = (name: string, method: Route["method"], path: string, handle: (call: Call) => Reply): Route => ({
    name,
    method,
    path: `${repositoryPath}${path}`,
    surface,
    handle,
  });
  const jobList = (call: Call, run: RunView, filter: "latest" | "all"): Reply => {
    const jobs = jobsOfRun(model, desk, run.id, filter);
    const { items, headers } = pageOfList(call, jobs);
    return json(
      200,
      {
        total_count: jobs.length,
        jobs: items.map((job) => restJob(model, job, run.repository, call.origin)),
      },
      { ...headers, ...read },
    );
  };

  return [
    route("rest.repository", "GET", "", (call) => {
      const repository = model.tenants.repository(repositoryOf(call));
      if (repository === undefined) throw new Refusal("scope-not-found", "Not Found");
      return json(200, {
        id: repository.id,
        name: repository.name,
        full_name: repository.fullName,
        private: true,
        visibility: "private",
        owner: { login: repository.owner, type: "Organization" },
        default_branch: "main",
        html_url: `${call.origin}/${repository.fullName}`,
      });
    }),
    route("rest.runs.list", "GET", "/actions/runs", (call) => {
      const runs = runsOf(model, desk, repositoryOf(call)).filter((run) => passesFilters(run, call.query));
      const { items, headers } = pageOfList(call, runs);
      return json(
        200,
        { total_count: runs.length, workflow_runs: items.map((run) => run.view(call.origin)) },
        { ...headers, ...read },
      );
    }),
    route("rest.runs.get", "GET", "/actions/runs/:run", (call) => json(200, wantedRun(call).view(call.origin), read)),
    route("rest.runs.jobs", "GET", "/actions/runs/:run/jobs", (call) =>
      jobList(call, wantedRun(call), call.query.get("filter") === "all" ? "all" : "latest"),
    ),
    route("rest.runs.attempt-jobs", "GET", "/actions/runs/:run/attempts/:attempt/jobs", (call) => {
      const run = wantedRun(call);
      const jobs = jobsOfRun(model, desk, run.id, "all").filter((job) => job.attempt === Number(call.param("attempt")));
      if (jobs.length === 0) throw new Refusal("run-not-found", "Not Found");
      const { items, headers } = pageOfList(call, jobs);
      return json(
        200,
        { total_count: jobs.length, jobs: items.map((job) => restJob(model, job, run.repository, call.origin)) },
        { ...headers, ...read },
      );
    }),
    route("rest.jobs.get", "GET", "/actions/jobs/:job", (call) => {
      const repository = repositoryOf(call);
      const id = call.param("job");
      const job = /^\d+$/.test(id) ? jobTruthOf(model, desk.runs, id) : undefined;
      const run = job === undefined ? undefined : runOf(model, desk, job.run);
      if (job === undefined || run?.repository.toLowerCase() !== repository.toLowerCase()) {
        throw new Refusal("job-not-found", "Not Found");
      }
      return json(200, restJob(model, job, run.repository, call.origin), read);
    }),
    ...(["cancel", "force-cancel"] as const).map((verb) =>
      route(`rest.runs.${verb}`, "POST", `/actions/runs/:run/${verb}`, (call) => {
        desk.cancelRun(wantedRun(call).id);
        return json(202, {}, write);
      }),
    ),
    route("rest.runs.rerun", "POST", "/actions/runs/:run/rerun", (call) => {
      desk.rerunAll(wantedRun(call).id);
      return json(201, {}, write);
    }),
    route("rest.runs.rerun-failed", "POST", "/actions/runs/:run/rerun-failed-jobs", (call) => {
      desk.rerunFailed(wantedRun(call).id);
      return json(201, {}, write);
    }),
  ];
}

/** The filters of GitHub's list of runs that say something about a run here. `status` also takes a conclusion. */
function passesFilters(run: RunView, query: URLSearchParams): boolean {
  const status = query.get("status");
  if (status !== null && run.status !== status && run.conclusion !== status) return false;
  const pairs: readonly (readonly [string, string])[] = [
    ["event", run.event],
    ["branch", run.branch],
    ["actor", run.actor],
    ["head_sha", run.sha],
  ];
  if (!pairs.every(([name, value]) => (query.get(name) ?? value) === value)) return false;
  const created = query.get("created");
  return created === null || isCreatedIn(run.createdAtMs, created);
}

/** GitHub's search syntax for instants, as far as one bound or a range goes. What cannot be read filters nothing. */
function isCreatedIn(createdAtMs: number, range: string): boolean {
  const between = /^(\S+?)\.\.(\S+)$/.exec(range);
  if (between !== null) {
    return bound(between[1], createdAtMs, (a, b) => a >= b) && bound(between[2], createdAtMs, (a, b) => a <= b);
  }
  const [, operator = "", instant] = /^(>=|<=|>|<)?(\S+)$/.exec(range) ?? [];
  switch (operator) {
    case ">=":
      return bound(instant, createdAtMs, (a, b) => a >= b);
    case ">":
      return bound(instant, createdAtMs, (a, b) => a > b);
    case "<=":
      return bound(instant, createdAtMs, (a, b) => a <= b);
    case "<":
      return bound(instant, createdAtMs, (a, b) => a < b);
    default:
      return bound(instant, createdAtMs, (a, b) => a >= b && a < b + 86_400_000);
  }
}

function bound(instant: string | undefined, value: number, holds: (value: number, bound: number) => boolean): boolean {
  const parsed = instant === undefined || instant === "*" ? Number.NaN : Date.parse(instant);
  return Number.isNaN(parsed) || holds(value, parsed);
}
