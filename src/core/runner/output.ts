/**
 * Whether a runner's own output says that it works on a job: the last look before a runner that GitHub no longer lists is recycled.
 * The sentences are the official runner's ("Running job: build", "Job build completed with result: Succeeded") and those of
 * github-act-runner ("Running Job 'build'", "Finished Job 'build' with Status ...").
 */
export function saysJobIsRunning(output: string): boolean {
  const started = Math.max(output.lastIndexOf("Running job:"), output.lastIndexOf("Running Job '"));
  if (started < 0) return false;
  const finished = Math.max(output.lastIndexOf("completed with result:"), output.lastIndexOf("Finished Job '"));
  return started > finished;
}
