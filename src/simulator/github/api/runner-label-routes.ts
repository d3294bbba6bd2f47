import type { Runner } from "../model/records.ts";
import { type Call, member } from "./call.ts";
import { json, type Reply } from "./exchange.ts";
import { restError } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { isSystemLabel, labelViews } from "./runner-views.ts";
import type { RunnerRouteTools } from "./runner-route-tools.ts";

/** Labels of one runner. @see https://docs.github.com/en/rest/actions/self-hosted-runners */
export function runnerLabelRoutes(tools: RunnerRouteTools): Route[] {
  const { model, route, wanted, header } = tools;
  const labels = "runners/:runner/labels";
  const shown = (call: Call, runner: Runner, access: "read" | "write"): Reply => {
    const views = labelViews(runner.spec.labels);
    return json(200, { total_count: views.length, labels: views }, header(call, access));
  };
  /** System labels stay whatever is asked for. */
  const system = (runner: Runner): string[] => runner.spec.labels.filter(isSystemLabel);
  const relabel = (call: Call, runner: Runner, names: readonly string[]): Reply => {
    model.changeRunner(runner, { labels: withoutRepetition(names) });
    return shown(call, runner, "write");
  };

  return [
    route("rest.runner-labels.list", "GET", labels, (call) => shown(call, wanted(call, "read"), "read")),
    route("rest.runner-labels.add", "POST", labels, (call) => {
      const runner = wanted(call, "write");
      const names = labelsOf(call, 1);
      if (names === undefined) return restError(422, "Invalid request: 1 to 100 labels are required.");
      return relabel(call, runner, [...runner.spec.labels, ...names]);
    }),
    route("rest.runner-labels.set", "PUT", labels, (call) => {
      const runner = wanted(call, "write");
      const names = labelsOf(call, 0);
      if (names === undefined) return restError(422, "Invalid request: 0 to 100 labels are required.");
      return relabel(call, runner, [...system(runner), ...names]);
    }),
    route("rest.runner-labels.clear", "DELETE", labels, (call) => {
      const runner = wanted(call, "write");
      return relabel(call, runner, system(runner));
    }),
    route("rest.runner-labels.remove", "DELETE", `${labels}/:label`, (call) => {
      const runner = wanted(call, "write");
      const name = call.param("label").toLowerCase();
      if (!runner.hasLabels([name])) return restError(404, "Not Found");
      if (isSystemLabel(name)) return restError(422, "Read-only labels cannot be removed.");
      return relabel(
        call,
        runner,
        runner.spec.labels.filter((label) => label.toLowerCase() !== name),
      );
    }),
  ];
}

function labelsOf(call: Call, least: number): string[] | undefined {
  const names = member(call.bodyObject() ?? {}, "labels");
  if (!Array.isArray(names) || names.length < least || names.length > 100) return undefined;
  return names.every((name) => typeof name === "string" && name !== "") ? (names as string[]) : undefined;
}

/** A label is the same in every case; its first spelling stays. */
function withoutRepetition(names: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const name of names) if (!seen.has(name.toLowerCase())) seen.set(name.toLowerCase(), name);
  return [...seen.values()];
}
