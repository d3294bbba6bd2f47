import { mapping, type MappingToken } from "./tokens.ts";
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

/** What of a job cannot run here. */
export function unsupportedJobKeys(file: string, job: MappingToken): readonly WorkflowError[] {
  const errors: WorkflowError[] = [];
  for (const { key } of mapping(job) ?? []) {
    const refusal = refusedJobKeys[key.toString()];
    if (refusal !== undefined) errors.push(errorAt(file, key, ...refusal));
  }
  return errors;
}
