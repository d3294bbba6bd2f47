import { Refusal } from "../model/refusal.ts";
import { type JobTruthRow, jobTruthOf } from "../model/truth.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";
import type { Call } from "./call.ts";
import { empty, json, type Reply } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import type { RepositoryRouteTools } from "./repository-route-tools.ts";
import { allowedTenant, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { passesFilters } from "./run-filters.ts";
import { jobsOfRun, restJob, runOf, runsOf, type RunView } from "./run-views.ts";
import { permissionHeader } from "./scope-paths.ts";
import type { ServiceContext } from "./service-context.ts";
import { workflowRoutes } from "./workflow-routes.ts";

const repositoryPath = "/repos/:owner/:repo";

/** Workflow runs and jobs over REST. @see https://docs.github.com/en/rest/actions/workflow-runs */
export function runRoutes(context: ServiceContext, desk: WorkflowDesk): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  const read = permissionHeader({ permission: "actions", access: "read" });
  const write = permissionHeader({ permission: "actions", access: "write" });

  /** Full name of the repository of a call. What changes nothing needs to read only. */
  const repositoryOf: RepositoryRouteTools["repositoryOf"] = (call) => {
    const owner = call.param("owner");
    const repository = call.param("repo");
    const access = call.request.method === "GET" ? "read" : "write";
    allowedTenant(model, call, { kind: "repository", owner, repository }, { permission: "actions", access });
    return `${owner}/${repository}`;
  };
  const wantedRun = (call: Call): RunView => {
    const repository = repositoryOf(call).toLowerCase();
    const run = runOf(model, desk, Number(call.param("run")));
    if (run?.repository.toLowerCase() !== repository) throw new Refusal("run-not-found", "Not Found");
    return run;
  };
  const wantedJob = (call: Call): { readonly job: JobTruthRow; readonly run: RunView } => {
    const repository = repositoryOf(call);
    const id = call.param("job");
    const job = /^\d+$/.test(id) ? jobTruthOf(model, desk.runs, id) : undefined;
    const run = job === undefined ? undefined : runOf(model, desk, job.run);
    if (job === undefined || run?.repository.toLowerCase() !== repository.toLowerCase()) {
      throw new Refusal("job-not-found", "Not Found");
    }
    return { job, run };
  };
  const route: RepositoryRouteTools["route"] = (name, method, path, handle) => ({
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
        jobs: items.map((job) => restJob(model, job, run, call.origin)),
      },
      { ...headers, ...read },
    );
  };

  return [
    ...workflowRoutes({ model, route, repositoryOf, read, write }, desk),
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
    // Attempts before the latest are not kept as runs, only their jobs are.
    route("rest.runs.attempt", "GET", "/actions/runs/:run/attempts/:attempt", (call) => {
      const run = wantedRun(call);
      if (run.attempt !== Number(call.param("attempt"))) throw new Refusal("run-not-found", "Not Found");
      return json(200, run.view(call.origin), read);
    }),
    route("rest.runs.artifacts", "GET", "/actions/runs/:run/artifacts", (call) => {
      wantedRun(call);
      return json(200, { total_count: 0, artifacts: [] }, read);
    }),
    ...(["approvals", "pending_deployments"] as const).map((what) =>
      route(`rest.runs.${what}`, "GET", `/actions/runs/:run/${what}`, (call) => {
        wantedRun(call);
        return json(200, [], read);
      }),
    ),
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
        { total_count: jobs.length, jobs: items.map((job) => restJob(model, job, run, call.origin)) },
        { ...headers, ...read },
      );
    }),
    route("rest.jobs.get", "GET", "/actions/jobs/:job", (call) => {
      const { job, run } = wantedJob(call);
      return json(200, restJob(model, job, run, call.origin), read);
    }),
    // The address that GitHub redirects to needs no token either.
    route("rest.jobs.logs", "GET", "/actions/jobs/:job/logs", (call) => {
      const { job } = wantedJob(call);
      if (job.status !== "completed") throw new Refusal("job-not-found", "Not Found");
      return { ...empty(302), headers: { location: `${call.origin}/_drover/truth/jobs/${job.id}/log`, ...read } };
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
