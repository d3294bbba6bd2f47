import { join } from "node:path";
import { type CompositeAction, readCompositeAction } from "./action-manifest.ts";
import { textDictionary } from "./context-values.ts";
import type { ActionStatus } from "./expressions.ts";
import { scopeOf, type StepLevel } from "./scope.ts";
import type { StepRun } from "./step-run.ts";
import { evaluateTextMapping, evaluateToken } from "./template-token.ts";

const depthMax = 10; // GitHub's own limit for actions that call actions.

/**
 * Runs a local composite action: its steps share a level of their own, with the action's inputs, and its outputs become
 * the calling step's.
 *
 * @returns true when no step of it failed.
 */
export async function runCompositeStep(run: StepRun): Promise<boolean> {
  const { job, level, step, view, console } = run;
  if (step.reference.kind !== "local-action") throw new Error("The step calls no local action.");
  if (run.depth >= depthMax)
    throw new Error(`The action ${step.reference.path} is nested deeper than ${depthMax} levels.`);
  const directory = join(job.paths.workspace, step.reference.path);
  const action = await readCompositeAction(directory);
  const inputs = readInputs(run, action);

  console.line(`##[group]Run ${step.reference.path}`);
  if (inputs.size > 0) console.line("with:");
  for (const [name, value] of inputs) if (value !== "") console.line(`  ${name}: ${value}`);
  if (view.environment.size > 0) console.line("env:");
  for (const [name, value] of view.environment) console.line(`  ${name}: ${value}`);
  console.line("##[endgroup]");

  let failed = false;
  const status = (): ActionStatus => (run.cancel.aborted ? "cancelled" : failed ? "failure" : "success");
  const inner: StepLevel = {
    kind: "composite",
    steps: new Map(),
    inputs: textDictionary(inputs),
    github: new Map([...level.github, ["action_path", directory]]),
    environment: run.overrides,
    cancel: run.cancel,
    status,
    onFailure: () => {
      failed = true;
    },
  };
  await run.runLevel(action.steps, inner, run);
  // Steps may have added to the environment of the job meanwhile: outputs see it as it is now.
  const outputView = { ...view, environment: new Map([...job.environment, ...inner.environment]) };
  for (const output of action.outputs) {
    const value = evaluateToken(output.value, scopeOf(job, inner, outputView, "value"));
    run.target.setOutput(output.name, value.coerceString());
  }
  return !failed;
}

/**
 * Given inputs first, in their order and as the caller spells them, then the defaults of the ones left out. A required input may
 * be missing: GitHub only documents it.
 */
function readInputs(run: StepRun, action: CompositeAction): ReadonlyMap<string, string> {
  const { job, level, view, console } = run;
  const scope = scopeOf(job, level, view, "value");
  const given = evaluateTextMapping(run.step.inputs, scope);
  const inputs = new Map(given);
  const declared = new Map(action.inputs.map((input) => [input.name.toLowerCase(), input] as const));
  for (const name of inputs.keys()) {
    const deprecation = declared.get(name.toLowerCase())?.deprecationMessage;
    if (deprecation === undefined) continue;
    console.warning(`Input '${name}' has been deprecated with message: ${deprecation}`);
  }
  const spelled = new Set([...inputs.keys()].map((name) => name.toLowerCase()));
  for (const input of action.inputs) {
    if (spelled.has(input.name.toLowerCase())) continue;
    inputs.set(input.name, evaluateToken(input.fallback, scope).coerceString());
  }
  const unexpected = given.map(([name]) => name).filter((name) => !declared.has(name.toLowerCase()));
  if (unexpected.length > 0) {
    const valid = action.inputs.map((input) => input.name).join("', '");
    console.warning(`Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`);
  }
  return inputs;
}
