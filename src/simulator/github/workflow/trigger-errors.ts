import { mapping, property, SequenceToken, type TemplateToken } from "./tokens.ts";
import { errorAt, type WorkflowError } from "./workflow-error.ts";

const exclusivePairs = [
  ["branches", "branches-ignore"],
  ["tags", "tags-ignore"],
  ["paths", "paths-ignore"],
] as const;

/**
 * What GitHub's service refuses in `on:` although its schema accepts it.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
 */
export function triggerErrors(file: string, on: TemplateToken): readonly WorkflowError[] {
  if (on instanceof SequenceToken && on.count === 0) return [noTrigger(file, on)];
  const events = mapping(on);
  if (events === undefined) return [];
  if (events.count === 0) return [noTrigger(file, on)];
  return [...events].flatMap(({ value }) => filterErrors(file, value));
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
