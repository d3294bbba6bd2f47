import { data } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import type { Scope } from "../../workflow/expression.ts";
import type { Value, ValueRecord } from "../../workflow/value.ts";
import type { JobNode, Run } from "./run.ts";

/** What the expressions of a run may look at before any job exists: `run-name`, `concurrency`. */
export function runScope(run: Run, vars: ValueRecord): Scope {
  return { contexts: { github: run.github, inputs: run.event.inputs ?? {}, vars } };
}

/** What the keys of a job may look at, before or after its matrix is known. */
export function jobScope(
  node: JobNode,
  vars: ValueRecord,
  leg?: { readonly matrix: Value; readonly strategy: ValueRecord },
): Scope {
  const { run } = node;
  return {
    contexts: {
      github: jobGithub(node),
      inputs: run.event.inputs ?? {},
      vars,
      needs: needsContext(node),
      ...(leg === undefined ? {} : { matrix: leg.matrix, strategy: leg.strategy }),
    },
    functions: statusFunctions(node),
  };
}

/** The `github` context with what is the job's own. */
export function jobGithub(node: JobNode): ValueRecord {
  return { ...node.run.github, job: node.definition.id };
}

/** Result and outputs of each direct predecessor. */
export function needsContext(node: JobNode): ValueRecord {
  return Object.fromEntries(
    node.definition.needs.map((id) => {
      const needed = node.run.nodes.get(id);
      return [id, { result: needed?.result ?? "skipped", outputs: { ...needed?.outputs } }];
    }),
  );
}

/**
 * The status functions of a job's `if`. They look at every predecessor, also at those of predecessors.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/expressions#status-check-functions
 */
function statusFunctions(node: JobNode): ReadonlyMap<string, FunctionDefinition> {
  const { run, definition } = node;
  const resultsOf = (args: readonly data.ExpressionData[]) => {
    const named = new Set(args.map((arg) => arg.coerceString().toLowerCase()));
    return definition.ancestors
      .filter((id) => named.size === 0 || named.has(id.toLowerCase()))
      .map((id) => run.nodes.get(id)?.result);
  };
  const all: FunctionDefinition[] = [
    statusFunction("always", 0, () => true),
    statusFunction("cancelled", 0, () => run.cancelRequested),
    statusFunction(
      "success",
      Number.MAX_SAFE_INTEGER,
      (args) => !run.cancelRequested && resultsOf(args).every((result) => result === "success"),
    ),
    statusFunction("failure", Number.MAX_SAFE_INTEGER, (args) => resultsOf(args).includes("failure")),
  ];
  return new Map(all.map((each) => [each.name, each]));
}

function statusFunction(
  name: string,
  maxArgs: number,
  holds: (args: readonly data.ExpressionData[]) => boolean,
): FunctionDefinition {
  return { name, minArgs: 0, maxArgs, call: (...args) => new data.BooleanData(holds(args)) };
}
