import type { RunnerView } from "../../core/ports/read-model.ts";
import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Colors } from "../frame/io.ts";
import { table, type Cell } from "../frame/table.ts";
import { span } from "../time-text.ts";

export const command = defineCommand({
  name: "runners",
  summary: "list the runners and what they do",
  group: "Look",
  options: {
    ...serverOptions,
    pool: { flags: "--pool <name>", summary: "only this pool's", kind: "text" },
    limit: { flags: "--limit <count>", summary: "at most so many", kind: "count", default: 200 },
  },
  examples: [{ line: "drover runners --pool linux-x64", what: "one pool's runners" }],
  exitCodes: [exitCode.unreachable, exitCode.denied],
  async run({ options, json, io }) {
    const client = await connect(options, io);
    const listed = await client.runners({ pool: options.pool, limit: Math.max(1, options.limit) });
    io.out(json ? JSON.stringify(listed, null, 2) : render(listed, io.nowMs(), io.colors));
    return exitCode.ok;
  },
});

function render(
  { total, runners }: { readonly total: number; readonly runners: readonly RunnerView[] },
  nowMs: number,
  colors: Colors,
): string {
  if (runners.length === 0) return "No runners. They start when a job is queued, or with size.minIdle.";
  const rows = table(
    [
      { title: "RUNNER" },
      { title: "POOL" },
      { title: "PHASE" },
      { title: "FOR" },
      { title: "PROVIDER" },
      { title: "JOB" },
    ],
    runners.map((runner) => [
      runner.name,
      runner.pool,
      paint(runner.phase, colors),
      span(nowMs - runner.sinceMs),
      runner.provider,
      runner.job?.name ?? (runner.end === undefined ? "-" : { text: runner.end.reason, paint: colors.dim }),
    ]),
  );
  return runners.length < total ? `${rows}\n${colors.dim(`${runners.length} of ${total}; more with --limit`)}` : rows;
}

function paint(phase: RunnerView["phase"], colors: Colors): Cell {
  switch (phase) {
    case "busy":
      return { text: phase, paint: colors.cyan };
    case "idle":
      return { text: phase, paint: colors.green };
    case "starting":
    case "ending":
      return { text: phase, paint: colors.yellow };
    case "gone":
      return { text: phase, paint: colors.dim };
    default:
      return phase satisfies never;
  }
}
