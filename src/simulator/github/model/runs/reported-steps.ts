import type { StepDefinition } from "../../workflow/workflow.ts";
import { runStepName, unevaluatedStepName } from "../../workflow/display-name.ts";
import type { StepRow } from "./run.ts";

/** One step as a runner reports it. */
export interface StepReport {
  readonly name: string;
  /** GitHub's word or the runner's (`succeeded`, `failed`, `canceled`). */
  readonly conclusion: string | null;
  /** The id of the step in the job message. */
  readonly externalId?: string | undefined;
  readonly number?: number | undefined;
}

const setUpName = "Set up job";
const completeName = "Complete job";

/**
 * A job's steps as GitHub shows them: "Set up job", the steps of the file in their order, what the runner added, and
 * "Complete job" once it is over. Runners name and number their own steps differently; a step of the file is known by its id.
 */
export function shownSteps(
  definitions: readonly StepDefinition[],
  stepIds: readonly string[],
  reports: readonly StepReport[],
  jobIsOver: boolean,
): readonly StepRow[] {
  if (reports.length === 0) return [];
  const rest = [...reports].sort((left, right) => (left.number ?? 0) - (right.number ?? 0));
  const take = (matches: (report: StepReport) => boolean) => {
    const index = rest.findIndex(matches);
    return index === -1 ? undefined : rest.splice(index, 1)[0];
  };
  const setUp = take(({ name }) => /^set up (?:job|worker|runner)$/iu.test(name));
  const complete = take(({ name }) => /^complete (?:job|worker|runner)$/iu.test(name));
  const known = definitions.map((_definition, index) => {
    const id = stepIds[index]?.toLowerCase();
    return take((report) => report.externalId !== undefined && report.externalId.toLowerCase() === id);
  });
  const own = definitions.map((definition, index): StepRow => {
    // A runner that gives no ids reports the steps of the file in their order.
    const report = known[index] ?? take((each) => each.externalId === undefined);
    return {
      name: report?.name || plannedName(definition),
      conclusion: report === undefined ? (jobIsOver ? "skipped" : null) : stepConclusion(report.conclusion),
    };
  });
  return [
    { name: setUpName, conclusion: ownConclusion(setUp, jobIsOver) },
    ...own,
    ...rest.map(({ name, conclusion }) => ({ name, conclusion: stepConclusion(conclusion) })),
    ...(jobIsOver || complete !== undefined
      ? [{ name: completeName, conclusion: ownConclusion(complete, jobIsOver) }]
      : []),
  ];
}

/** Of a step of the runner's own: a runner that does not report it went through it, unless it is still to come. */
function ownConclusion(report: StepReport | undefined, jobIsOver: boolean): string | null {
  const conclusion = stepConclusion(report?.conclusion ?? null);
  return conclusion ?? (jobIsOver || report === undefined ? "success" : null);
}

function plannedName(definition: StepDefinition): string {
  if (definition.name !== undefined) return unevaluatedStepName(definition.name);
  const { work } = definition;
  return runStepName(work.kind === "run" ? unevaluatedStepName(work.script) : work.path);
}

/** A step's conclusion in GitHub's words; null while it has none. */
function stepConclusion(conclusion: string | null): string | null {
  switch (conclusion?.toLowerCase()) {
    case "succeeded":
    case "succeededwithissues":
      return "success";
    case "failed":
    case "abandoned":
      return "failure";
    case "canceled":
      return "cancelled";
    default:
      return conclusion?.toLowerCase() ?? null;
  }
}
