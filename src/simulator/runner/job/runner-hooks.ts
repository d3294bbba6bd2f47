import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { StepMessage } from "./job-message.ts";
import { runScriptFile } from "./script-step.ts";
import type { StepRun } from "./step-run.ts";

export interface RunnerHook {
  readonly step: StepMessage;
  readonly displayName: string;
  readonly handler: (run: StepRun) => Promise<boolean>;
}

const hooks = {
  started: { variable: "ACTIONS_RUNNER_HOOK_JOB_STARTED", displayName: "Set up runner", name: "__hook_started" },
  completed: {
    variable: "ACTIONS_RUNNER_HOOK_JOB_COMPLETED",
    displayName: "Complete runner",
    name: "__hook_completed",
  },
} as const;

/**
 * The administrator's script before or after a job, as a step that always runs; undefined when there is none.
 *
 * @see https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/run-scripts
 */
export function runnerHook(
  stage: keyof typeof hooks,
  environment: Readonly<Record<string, string>>,
): RunnerHook | undefined {
  const { variable, displayName, name } = hooks[stage];
  const path = environment[variable] ?? "";
  if (path === "") return undefined;
  const step: StepMessage = {
    id: randomUUID(),
    name,
    contextName: name,
    displayName: undefined,
    condition: "always()",
    reference: { kind: "script" },
    inputs: undefined,
    environment: undefined,
    continueOnError: undefined,
    timeoutInMinutes: undefined,
  };
  return {
    step,
    displayName,
    handler: async (run) => {
      run.console.line(`A job ${stage} hook has been configured by the self-hosted runner administrator`);
      if (!/\.(sh|ps1)$/.test(path))
        throw new Error(`${path} is not a valid path to a script. Make sure it ends in '.sh' or '.ps1'.`);
      if (!existsSync(path)) throw new Error(`File doesn't exist: ${path}`);
      return await runScriptFile(run, path);
    },
  };
}
