import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { statusLines, type StatusSpace } from "../status/status-lines.ts";
import { watchStatus } from "../status/watch-status.ts";
import { paintLine, type Line } from "../terminal/line.ts";

const watchMs = 2_000;

export const command = defineCommand({
  name: "status",
  summary: "show the pools, their demand and what is wrong",
  description:
    "Shows the pools, what is wrong, why launches wait, and what GitHub's rate limits leave. On a narrow terminal the less important columns are left out; a pipe gets them all.",
  group: "Look",
  options: {
    ...serverOptions,
    watch: { flags: "-w, --watch", summary: "show it again every two seconds", kind: "switch" },
  },
  examples: [
    { line: "drover status", what: "the pools of ./drover.yaml" },
    { line: "drover status --watch", what: "until Ctrl-C" },
    { line: "drover status --json", what: "the overview and the pools as the API gives them" },
  ],
  exitCodes: [exitCode.unreachable, exitCode.denied, exitCode.interrupted],
  async run({ options, json, io }) {
    const client = await connect(options, io);
    const ask = async () => {
      const [overview, pools] = await Promise.all([client.overview(), client.pools()]);
      return { overview, pools };
    };
    const look = async () => {
      const { overview, pools } = await ask();
      return (space?: StatusSpace) => statusLines(overview, pools, io.nowMs(), space);
    };
    if (options.watch && !json && io.live !== undefined) {
      await watchStatus(look, { io, live: io.live, everyMs: watchMs });
      return exitCode.ok;
    }
    do {
      if (json) io.out(JSON.stringify(await ask(), null, options.watch ? undefined : 2));
      else print((await look())(io.interactive ? { columns: io.width(), rows: Infinity } : undefined), io);
      if (options.watch) await io.pause(watchMs);
    } while (options.watch && !io.signal.aborted);
    return exitCode.ok;
  },
});

function print(lines: readonly Line[], io: Io): void {
  io.out(lines.map((line) => paintLine(line, Infinity, io.colors).trimEnd()).join("\n"));
}
