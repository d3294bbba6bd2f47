/**
 * Exit codes of the official runner's listener (`src/Runner.Common/Constants.cs` of actions/runner). A failed *job* is no
 * failure of the runner: it still ends with `success`.
 */
export const exitCode = {
  success: 0,
  terminatedError: 1,
  retryableError: 2,
  sessionConflict: 5,
  runnerVersionDeprecated: 7,
  /** 128 + SIGTERM: what a supervisor sees of a runner that left because it was told to. */
  terminated: 143,
} as const;

/** Added to a result's position when ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED is true. */
const jobResults = ["succeeded", "succeededWithIssues", "failed", "canceled", "skipped", "abandoned"] as const;

export type JobResult = (typeof jobResults)[number];

export function exitCodeOfJob(result: JobResult): number {
  return 100 + jobResults.indexOf(result);
}
