import { mapping, type MappingToken, property, SequenceToken, type TemplateToken } from "./tokens.ts";
import { errorAt, type WorkflowError } from "./workflow-error.ts";

// Keys that GitHub accepts and the simulator cannot honour. Refused rather than ignored: a job that runs without its
// container or service would prove nothing.
const refusedJobKeys: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  container: [
    "Job containers are not supported: steps run directly on the runner",
    "Remove `container` and let the steps use what the runner has.",
  ],
  services: [
    "Service containers are not supported: steps run directly on the runner",
    "Remove `services`, or start the service in a `run:` step.",
  ],
  snapshot: ["Snapshots of runner images are not supported", "Remove `snapshot`."],
  uses: [
    "Reusable workflows are not supported",
    "Write the jobs of the called workflow into this file, with `runs-on` and `steps`.",
  ],
};

// The other keys of background steps (`background`, `wait`, `wait-all`, `cancel`) are refused by the parser itself.
const refusedStepKeys: typeof refusedJobKeys = {
  parallel: [
    "Parallel steps are not supported: steps run one after the other",
    "Write the steps of `parallel` one after the other, or as jobs of their own.",
  ],
};

/** What of a job and of its steps cannot run here. */
export function unsupportedJobKeys(file: string, job: MappingToken): readonly WorkflowError[] {
  const errors = refusals(file, job, refusedJobKeys);
  const steps = property(job, "steps");
  for (const step of steps instanceof SequenceToken ? steps : []) {
    errors.push(...refusals(file, step, refusedStepKeys));
  }
  return errors;
}

function refusals(file: string, owner: TemplateToken, refused: typeof refusedJobKeys): WorkflowError[] {
  return [...(mapping(owner) ?? [])].flatMap(({ key }) => {
    const refusal = refused[key.toString()];
    return refusal === undefined ? [] : [errorAt(file, key, ...refusal)];
  });
}
