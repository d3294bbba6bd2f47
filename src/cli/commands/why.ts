import type { WhyView } from "../../core/ports/read-model.ts";
import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Colors } from "../frame/io.ts";
import { table, type Cell } from "../frame/table.ts";
import { visible } from "../terminal/text-width.ts";
import { span } from "../time-text.ts";

export const command = defineCommand({
  name: "why",
  summary: "say what a job waits for, or how its wait ended",
  description:
    "Shows the verdict on one job and every link of the chain from the queued job to the cleaned machine, with times and reasons.",
  group: "Look",
  arguments: { job: { summary: "its id, RUN/NAME, or a part of its name that only one job has", kind: "required" } },
  options: serverOptions,
  examples: [
    { line: 'drover why "build (ubuntu, 20)"', what: "by its name" },
    { line: "drover why 17/deploy --json", what: "by run and name, with the events behind it" },
  ],
  exitCodes: [exitCode.unreachable, exitCode.notFound, exitCode.denied],
  async run({ args, options, json, io }) {
    const view = await (await connect(options, io)).why(args.job);
    io.out(json ? JSON.stringify(view, null, 2) : render(view, io.colors));
    return exitCode.ok;
  },
});

function render(view: WhyView, colors: Colors): string {
  const { job, verdict, release, waitedMs, chain } = view;
  const firstMs = chain.find((link) => link.atMs !== undefined)?.atMs;
  const rows = chain.map(({ link, atMs, state, reason }): Cell[] => [
    mark(state, colors),
    state === "not-reached" || state === "not-observed" ? { text: link, paint: colors.dim } : link,
    atMs === undefined || firstMs === undefined ? "" : offset(atMs - firstMs),
    reason ?? (state === "not-observed" ? { text: "nobody saw it", paint: colors.dim } : ""),
  ]);
  const place = `${job.repository}, run ${job.runId}, job ${job.id}`;
  return [
    `${colors.bold(visible(job.name))}  ${colors.dim(visible(place))}`,
    visible(verdict),
    ...(release === undefined ? [] : [`It goes on when: ${visible(release)}`]),
    colors.dim(`waited ${span(waitedMs)} in pool ${job.pool}`),
    "",
    table([{ title: "" }, { title: "LINK" }, { title: "AFTER", align: "right" }, { title: "REASON" }], rows),
  ].join("\n");
}

/** A runner that was made in advance has links from before the job was seen. */
function offset(ms: number): string {
  return `${ms < 0 ? "-" : "+"}${(Math.abs(ms) / 1_000).toFixed(1)}s`;
}

function mark(state: WhyView["chain"][number]["state"], colors: Colors): Cell {
  switch (state) {
    case "done":
      return { text: "✓", paint: colors.green };
    case "waiting":
      return { text: "…", paint: colors.yellow };
    case "not-reached":
      return { text: "·", paint: colors.dim };
    case "not-observed":
      return { text: "?", paint: colors.dim };
    default:
      return state satisfies never;
  }
}
