import { mapping, property, SequenceToken, type TemplateToken } from "./tokens.ts";
import { errorAt, type WorkflowError } from "./workflow-error.ts";

const exclusivePairs = [
  ["branches", "branches-ignore"],
  ["tags", "tags-ignore"],
  ["paths", "paths-ignore"],
] as const;

/** Inputs that one `workflow_dispatch` may declare. */
const inputsMax = 25;

/**
 * What GitHub's service refuses in `on:` although its schema accepts it.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
 * @see https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#providing-inputs
 */
export function triggerErrors(file: string, on: TemplateToken): readonly WorkflowError[] {
  if (on instanceof SequenceToken && on.count === 0) return [noTrigger(file, on)];
  const events = mapping(on);
  if (events === undefined) return [];
  if (events.count === 0) return [noTrigger(file, on)];
  return [
    ...[...events].flatMap(({ value }) => filterErrors(file, value)),
    ...inputErrors(file, property(property(on, "workflow_dispatch"), "inputs")),
  ];
}

/** A workflow that nothing starts. */
export function noTrigger(file: string, place: TemplateToken | undefined): WorkflowError {
  return errorAt(
    file,
    place,
    "No event triggers defined in `on`",
    "Name the events that start the workflow, for example `on: push`, and write its `jobs:`.",
  );
}

function filterErrors(file: string, event: TemplateToken): readonly WorkflowError[] {
  return exclusivePairs.flatMap(([include, ignore]) => {
    const ignored = property(event, ignore);
    if (ignored === undefined || property(event, include) === undefined) return [];
    const message = `you may only define one of \`${include}\` and \`${ignore}\` for a single event`;
    return [errorAt(file, ignored, message, `Keep \`${include}\` and exclude with patterns that begin with !.`)];
  });
}

function inputErrors(file: string, inputs: TemplateToken | undefined): readonly WorkflowError[] {
  const first = [...(mapping(inputs) ?? [])][inputsMax];
  if (first === undefined) return [];
  const message = `you may only define up to ${inputsMax} \`inputs\` for a \`workflow_dispatch\` event`;
  return [errorAt(file, first.key, message, "Leave some out, or hand several values over as JSON in one input.")];
}
