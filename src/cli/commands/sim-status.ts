import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Colors } from "../frame/io.ts";
import { table, type Cell } from "../frame/table.ts";
import { ago } from "../time-text.ts";
import { simulatorUrl, toOption } from "../simulator/control.ts";
import { fetchTruth, type Truth } from "../simulator/truth.ts";

export const command = defineCommand({
  name: "sim status",
  summary: "show what the simulator knows to be true",
  description:
    "Shows every job and every registered runner as the simulator knows them, whatever Drover believes. With --json: the truth as GET /_drover/truth gives it.",
  group: "Simulator",
  options: {
    to: toOption,
    all: { flags: "--all", summary: "runners that are gone, too", kind: "switch" },
  },
  examples: [
    { line: "drover sim status", what: "jobs and runners now" },
    { line: "drover sim status --json", what: "steps, outputs and every time" },
  ],
  exitCodes: [exitCode.unreachable],
  async run({ options, json, io }) {
    const truth = await fetchTruth(simulatorUrl(options.to, io), io);
    io.out(json ? JSON.stringify(truth, null, 2) : render(truth, options.all, io.nowMs(), io.colors));
    return exitCode.ok;
  },
});

function render(truth: Truth, all: boolean, nowMs: number, colors: Colors): string {
  const runners = truth.runners.filter((runner) => all || runner.goneAt === null);
  const gone = truth.runners.filter((runner) => runner.goneAt !== null).length;
  // Only then: most runs have one attempt, and the line is wide.
  const isAgain = truth.jobs.some((job) => job.attempt > 1);
  const jobs = table(
    [
      { title: "JOB" },
      { title: "NAME" },
      { title: "RUN", align: "right" },
      ...(isAgain ? [{ title: "ATTEMPT", align: "right" } as const] : []),
      { title: "STATUS" },
      { title: "RUNNER" },
      { title: "QUEUED" },
    ],
    truth.jobs.map((job) => [
      job.id,
      job.name,
      String(job.run ?? "-"),
      ...(isAgain ? [String(job.attempt)] : []),
      paint(job.conclusion ?? job.status, colors),
      job.runner ?? "-",
      job.queuedAt === null ? "-" : ago(nowMs - Date.parse(job.queuedAt)),
    ]),
  );
  const registered = table(
    [{ title: "RUNNER" }, { title: "POOL" }, { title: "REGISTERED" }, { title: "GONE" }],
    runners.map((runner) => [
      runner.name,
      runner.pool,
      runner.registeredAt === null ? "-" : ago(nowMs - Date.parse(runner.registeredAt)),
      runner.goneAt === null ? "-" : ago(nowMs - Date.parse(runner.goneAt)),
    ]),
  );
  const parts = [truth.jobs.length === 0 ? "No jobs yet. Push some: drover sim push FILE" : jobs];
  if (runners.length > 0) parts.push(registered);
  parts.push(`${truth.runners.length - gone} runners registered, ${gone} gone`);
  return parts.join("\n\n");
}

function paint(state: string, colors: Colors): Cell {
  switch (state) {
    case "success":
      return { text: state, paint: colors.green };
    case "failure":
      return { text: state, paint: colors.red };
    case "cancelled":
    case "skipped":
      return { text: state, paint: colors.dim };
    case "in_progress":
      return { text: state, paint: colors.cyan };
    default:
      return state;
  }
}
