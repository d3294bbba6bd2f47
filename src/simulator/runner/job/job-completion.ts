import type { RunnerClock } from "../runner-clock.ts";
import type { JobOutcome } from "../wire/run-service-client.ts";
import { list } from "../wire/json-fields.ts";
import type { Token } from "./job-message.ts";
import type { JobState } from "./job-state.ts";
import { kill, processesWithMark } from "./process-table.ts";
import { scopeOf, type StepLevel } from "./scope.ts";
import type { StepConsole } from "./step-console.ts";
import { trackingVariable } from "./step-environment.ts";
import { messageOf } from "./step-runner.ts";
import { evaluateTextMapping, evaluateToken } from "./template-token.ts";

/**
 * "Complete job": evaluates the job's outputs. An output that holds a secret is left out, as GitHub does.
 *
 * @returns undefined when it failed: then the job fails too, without outputs.
 */
export function evaluateOutputs(
  job: JobState,
  level: StepLevel,
  console: StepConsole,
): JobOutcome["outputs"] | undefined {
  if (isEmpty(job.message.outputs)) return {};
  console.line("Evaluate and set job outputs");
  const outputs: Record<string, { value: string; isSecret: boolean }> = {};
  try {
    const scope = scopeOf(job, level, { environment: job.environment, github: new Map() }, "value");
    const entries = evaluateTextMapping(job.message.outputs, scope);
    for (const [name, value] of entries) {
      if (value === "") console.debug(`Skip output '${name}' since it's empty`);
      else if (job.masker.mask(value) !== value) console.warning(`Skip output '${name}' since it may contain secret.`);
      else {
        console.line(`Set output '${name}'`);
        outputs[name] = { value, isSecret: false };
      }
    }
  } catch (error) {
    console.error("Fail to evaluate job outputs");
    console.error(messageOf(error));
    job.result = "failed";
    return undefined;
  }
  return outputs;
}

function isEmpty(outputs: Token): boolean {
  return outputs === undefined || outputs === null || list(outputs, "map").length === 0;
}

/**
 * "Complete job": the address of the job's environment, shown with the deployment. One that holds a secret is left out.
 *
 * @returns null for none, undefined when it failed: then the job fails too.
 */
export function evaluateEnvironmentUrl(
  job: JobState,
  level: StepLevel,
  console: StepConsole,
): string | null | undefined {
  const { deployment } = job.message;
  if (deployment?.url === undefined || deployment.url === null) return null;
  console.line("Evaluate and set environment url");
  try {
    const scope = scopeOf(job, level, { environment: job.environment, github: new Map() }, "value");
    const url = evaluateToken(deployment.url, scope).coerceString();
    if (job.masker.mask(url) === url) {
      console.line(`Evaluated environment url: ${url}`);
      return url;
    }
    console.warning(`Skip setting environment url as environment '${deployment.name}' may contain secret.`);
  } catch (error) {
    console.error("Failed to evaluate environment url");
    console.error(messageOf(error));
    job.result = "failed";
    return undefined;
  }
  return null;
}

const roundsMax = 10;
const roundMs = 20;

/** Ends what steps left in the background: every process that carries the job's mark. */
export async function terminateOrphans(job: JobState, console: StepConsole, clock: RunnerClock): Promise<void> {
  console.line("Cleaning up orphan processes");
  const reported = new Set<number>();
  // More than once: a process may start another while it is being ended.
  for (let round = 0; round < roundsMax; round++) {
    const orphans = processesWithMark(trackingVariable, job.trackingId);
    if (orphans.length === 0) return;
    for (const orphan of orphans) {
      if (!reported.has(orphan.pid)) console.line(`Terminate orphan process: pid (${orphan.pid}) (${orphan.name})`);
      reported.add(orphan.pid);
      kill(orphan.pid);
    }
    await clock.sleep(roundMs, new AbortController().signal);
  }
}
