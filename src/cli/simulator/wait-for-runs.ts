import type { Io } from "../frame/io.ts";
import { visible } from "../terminal/text-width.ts";
import { fetchTruth, type TruthJob } from "./truth.ts";

const pollMs = 1_000;

/** Looks every second until all jobs of the runs are completed, saying what changed. Ends early when `io.signal` fires. */
export async function waitForRuns(
  url: string,
  runs: readonly (number | string)[],
  io: Io,
  options: { readonly quiet: boolean },
): Promise<{ readonly jobs: readonly TruthJob[]; readonly succeeded: boolean }> {
  const wanted = new Set(runs.map(String));
  const shown = new Map<string, string>();
  for (;;) {
    const jobs = (await fetchTruth(url, io)).jobs.filter((job) => wanted.has(String(job.run)));
    for (const job of jobs) {
      const state = job.conclusion ?? job.status;
      if (shown.get(job.id) === state) continue;
      shown.set(job.id, state);
      if (!options.quiet) io.out(`${state.padEnd(11)} ${visible(job.name)}`);
    }
    const completed = jobs.every((job) => job.status === "completed");
    if (completed || io.signal.aborted) {
      const fine = jobs.every((job) => job.conclusion === "success" || job.conclusion === "skipped");
      return { jobs, succeeded: completed && fine };
    }
    await io.pause(pollMs);
  }
}
