import { Refusal } from "../model/refusal.ts";
import { restInstant } from "../model/time-and-chance.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";
import type { KeptWorkflow } from "../model/workflow-shelf.ts";
import { nodeId, restBase } from "./account-views.ts";
import { type Call, member, stringMember } from "./call.ts";
import { empty, json } from "./exchange.ts";
import { pageOfList } from "./paging.ts";
import type { RepositoryRouteTools } from "./repository-route-tools.ts";
import { restError } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { passesFilters } from "./run-filters.ts";
import { runsOf, workflowIdOf } from "./run-views.ts";

/** Most inputs that one dispatch may have. */
const inputsMax = 25;

/**
 * Workflow files by number or file name, and the way to start one.
 *
 * @see https://docs.github.com/en/rest/actions/workflows
 */
export function workflowRoutes(tools: RepositoryRouteTools, desk: WorkflowDesk): Route[] {
  const { model, route, repositoryOf, read, write } = tools;
  const bornAt = restInstant(model.nowMs());
  const wanted = (call: Call): { readonly repository: string; readonly workflow: KeptWorkflow } => {
    const repository = repositoryOf(call);
    const name = call.param("workflow");
    const workflow = desk.shelf
      .of(repository)
      .find(({ path }) => path.endsWith(`/${name}`) || String(workflowIdOf(repository, path)) === name);
    if (workflow === undefined) throw new Refusal("run-not-found", "Not Found");
    return { repository, workflow };
  };
  const view = (repository: string, { path, name }: KeptWorkflow, origin: string) => {
    const id = workflowIdOf(repository, path);
    return {
      id,
      node_id: nodeId("W", id),
      name,
      path,
      state: "active",
      created_at: bornAt,
      updated_at: bornAt,
      url: `${restBase(origin)}/repos/${repository}/actions/workflows/${id}`,
      html_url: `${origin}/${repository}/blob/main/${path}`,
      badge_url: `${origin}/${repository}/workflows/${encodeURIComponent(name)}/badge.svg`,
    };
  };

  return [
    route("rest.workflows.list", "GET", "/actions/workflows", (call) => {
      const repository = repositoryOf(call);
      const kept = desk.shelf.of(repository);
      const { items, headers } = pageOfList(call, kept);
      return json(
        200,
        { total_count: kept.length, workflows: items.map((workflow) => view(repository, workflow, call.origin)) },
        { ...headers, ...read },
      );
    }),
    route("rest.workflows.get", "GET", "/actions/workflows/:workflow", (call) => {
      const { repository, workflow } = wanted(call);
      return json(200, view(repository, workflow, call.origin), read);
    }),
    route("rest.workflows.runs", "GET", "/actions/workflows/:workflow/runs", (call) => {
      const { repository, workflow } = wanted(call);
      const runs = runsOf(model, desk, repository).filter(
        (run) => run.path === workflow.path && passesFilters(run, call.query),
      );
      const { items, headers } = pageOfList(call, runs);
      return json(
        200,
        { total_count: runs.length, workflow_runs: items.map((run) => run.view(call.origin)) },
        { ...headers, ...read },
      );
    }),
    route("rest.workflows.dispatch", "POST", "/actions/workflows/:workflow/dispatches", (call) => {
      const { repository, workflow } = wanted(call);
      const body = call.bodyObject() ?? {};
      const ref = stringMember(body, "ref");
      if (!ref) return restError(422, 'Invalid request.\n\n"ref" wasn\'t supplied.');
      const inputs = textsOf(member(body, "inputs"));
      if (Object.keys(inputs).length > inputsMax) {
        return restError(422, `you may only define up to ${inputsMax} \`inputs\` for a \`workflow_dispatch\` event`);
      }
      const result = desk.push({ repository, files: workflow.files, event: "workflow_dispatch", inputs, ref });
      const [run] = result.runs;
      if (run === undefined) {
        const why = result.errors[0]?.message ?? "Workflow does not have 'workflow_dispatch' trigger";
        return restError(422, why);
      }
      if (member(body, "return_run_details") !== true) return { ...empty(204), headers: write };
      return json(
        200,
        {
          workflow_run_id: run.id,
          run_url: `${restBase(call.origin)}/repos/${repository}/actions/runs/${run.id}`,
          html_url: `${call.origin}/${repository}/actions/runs/${run.id}`,
        },
        write,
      );
    }),
  ];
}

/** Inputs as texts, as a form would send them. */
function textsOf(inputs: unknown): Record<string, string> {
  if (typeof inputs !== "object" || inputs === null) return {};
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
