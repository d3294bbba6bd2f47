import type { Overview, PoolView } from "../../core/ports/read-model.ts";
import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Colors, Io } from "../frame/io.ts";
import { table } from "../frame/table.ts";
import { visible } from "../terminal/text-width.ts";
import { span } from "../time-text.ts";

const watchMs = 2_000;
const clearScreen = "\u001B[2J\u001B[H";

export const command = defineCommand({
  name: "status",
  summary: "show the pools, their demand and what is wrong",
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
    do {
      const [overview, pools] = await Promise.all([client.overview(), client.pools()]);
      if (json) io.out(JSON.stringify({ overview, pools }, null, options.watch ? undefined : 2));
      else show(render(overview, pools, io.nowMs(), io.colors), options.watch, io);
      if (options.watch) await io.pause(watchMs);
    } while (options.watch && !io.signal.aborted);
    return exitCode.ok;
  },
});

function show(text: string, watch: boolean, io: Io): void {
  io.out(watch && io.interactive ? clearScreen + text : text);
}

function render(overview: Overview, pools: readonly PoolView[], nowMs: number, colors: Colors): string {
  const { installation, ready, startedAtMs, problems } = overview;
  const state = ready ? colors.green("ready") : colors.yellow("starting");
  const parts = [`${colors.bold(installation)}  ${state}, up ${span(nowMs - startedAtMs)}`];
  parts.push(
    table(
      [
        { title: "POOL" },
        { title: "SCOPE" },
        { title: "STATE" },
        { title: "DEMAND", align: "right" },
        { title: "WANTED", align: "right" },
        { title: "MAX", align: "right" },
        { title: "STARTING", align: "right" },
        { title: "IDLE", align: "right" },
        { title: "BUSY", align: "right" },
        { title: "ENDING", align: "right" },
        { title: "SOURCE" },
      ],
      pools.map((pool) => [
        pool.name,
        pool.scope,
        pool.state === "active" ? pool.state : { text: pool.state, paint: colors.yellow },
        String(pool.demand.served),
        String(pool.wanted),
        String(pool.size.max),
        ...(["starting", "idle", "busy", "ending"] as const).map((phase) => String(pool.counts[phase])),
        { text: pool.source.state, paint: pool.source.state === "connected" ? colors.green : colors.yellow },
      ]),
    ),
  );
  const notes = [
    ...problems.map(({ pool, message, sinceMs }) => {
      const place = pool === undefined ? "" : `${pool}: `;
      return `${colors.red("!")} ${place}${visible(message)} ${colors.dim(`(for ${span(nowMs - sinceMs)})`)}`;
    }),
    ...pools.flatMap((pool) =>
      pool.hold === undefined
        ? []
        : [
            `${colors.yellow("~")} ${pool.name}: launches wait ${span(pool.hold.untilMs - nowMs)}: ${visible(pool.hold.reason)}`,
          ],
    ),
  ];
  parts.push(notes.length === 0 ? colors.dim("Nothing is wrong.") : notes.join("\n"));
  return parts.join("\n\n");
}
