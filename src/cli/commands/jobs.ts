import type { JobView } from "../../core/ports/read-model.ts";
import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Colors } from "../frame/io.ts";
import { table, type Cell } from "../frame/table.ts";
import { span } from "../time-text.ts";

export const command = defineCommand({
  name: "jobs",
  summary: "list the jobs that Drover knows, unfinished ones first",
  group: "Look",
  options: {
    ...serverOptions,
    pool: { flags: "--pool <name>", summary: "only this pool's", kind: "text" },
    limit: { flags: "--limit <count>", summary: "at most so many", kind: "count", default: 50 },
  },
  examples: [{ line: "drover jobs --json", what: "every fact about each job" }],
  exitCodes: [exitCode.unreachable, exitCode.denied],
  async run({ options, json, io }) {
    const client = await connect(options, io);
    const listed = await client.jobs({ pool: options.pool, limit: Math.max(1, options.limit) });
    io.out(json ? JSON.stringify(listed, null, 2) : render(listed, io.nowMs(), io.colors));
    return exitCode.ok;
  },
});

function render(
  { total, jobs }: { readonly total: number; readonly jobs: readonly JobView[] },
  nowMs: number,
  colors: Colors,
): string {
  if (jobs.length === 0) return "No jobs yet. A job appears when its runs-on labels fit a pool.";
  const rows = table(
    [
      { title: "JOB" },
      { title: "NAME" },
      { title: "REPOSITORY" },
      { title: "POOL" },
      { title: "STATUS" },
      { title: "WAITED", align: "right" },
      { title: "RAN", align: "right" },
      { title: "RUNNER" },
    ],
    jobs.map((job) => [
      job.id,
      job.name,
      job.repository,
      job.pool,
      paint(job, colors),
      job.queuedAtMs === undefined ? "-" : span((job.startedAtMs ?? job.completedAtMs ?? nowMs) - job.queuedAtMs),
      job.startedAtMs === undefined ? "-" : span((job.completedAtMs ?? nowMs) - job.startedAtMs),
      job.runner ?? "-",
    ]),
  );
  return jobs.length < total ? `${rows}\n${colors.dim(`${jobs.length} of ${total}; more with --limit`)}` : rows;
}

function paint(job: JobView, colors: Colors): Cell {
  const text = job.result ?? job.status;
  if (job.status === "running") return { text, paint: colors.cyan };
  if (job.status !== "completed") return { text, paint: colors.yellow };
  if (job.result === "succeeded") return { text, paint: colors.green };
  return job.result === "failed" ? { text, paint: colors.red } : text;
}
