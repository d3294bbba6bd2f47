import { fileURLToPath } from "node:url";
import type { StopReport } from "../../engine/engine.ts";
import type { RunningDrover } from "../../main.ts";
import { configOption, loadConfig, type LoadedConfig } from "../config-file.ts";
import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { version } from "../version.ts";

const ownScript = fileURLToPath(new URL("../../../bin/drover.js", import.meta.url));

export const command = defineCommand({
  name: "up",
  summary: "keep the pools of drover.yaml as large as their queues need",
  description:
    "Runs until it is told to stop. SIGTERM, Ctrl-C or the end of its terminal: no new runners, idle ones go, busy ones finish or are kept as each pool's onStop says, sessions at GitHub are closed. A second one ends it at once and says what it leaves; the next start adopts that. Logs go to stderr.",
  group: "Run",
  options: {
    config: configOption,
    logLevel: {
      flags: "--log-level <level>",
      summary: "the least important lines that are logged",
      kind: "choice",
      choices: ["debug", "info", "warn", "error", "silent"],
      default: "info",
    },
    logFormat: {
      flags: "--log-format <format>",
      summary: "auto: for people on a terminal, JSON lines otherwise",
      kind: "choice",
      choices: ["auto", "pretty", "json"],
      default: "auto",
    },
  },
  examples: [
    { line: "drover up", what: "with ./drover.yaml" },
    { line: "drover up -c /etc/drover/drover.yaml --log-format json", what: "as a service" },
  ],
  exitCodes: [exitCode.interrupted],
  async run({ options, json, io }) {
    const { file, config, warnings, problemAt } = await loadConfig(options.config, io);
    const [{ startDrover }, { createLogger }, { formatProblem }] = await Promise.all([
      import("../../main.ts"),
      import("../../telemetry/logger.ts"),
      import("../../config/index.ts"),
    ]);
    const log = createLogger({
      clock: { nowMs: io.nowMs },
      destination: process.stderr,
      level: options.logLevel as "info",
      format: options.logFormat as "auto",
      color: io.colors.isColorSupported,
    });
    for (const warning of warnings)
      log.warn({ advice: formatProblem(warning) }, "configuration deserves a second look");
    const stops = stopSignals(io);
    const starting = startDrover({
      config,
      environment: io.environment,
      log,
      version: version(),
      ownCommand: [process.execPath, ownScript],
    });
    let drover: RunningDrover | undefined;
    try {
      // A start may take minutes, for a download; whoever asks for the end does not wait for it. No pool works before it is over.
      drover = await Promise.race([starting, stops.first.then(() => undefined)]);
    } catch (error) {
      throw await startFailure(error, problemAt);
    }
    if (drover === undefined) {
      if (json) io.out(JSON.stringify({ stopped: "in-order", left: [] }));
      else io.err("Stopped before any pool was started. Nothing is left behind.");
      return exitCode.ok;
    }
    const { addresses } = drover;
    if (json) io.out(JSON.stringify({ installation: config.installation, addresses }));
    else io.out(`Drover is up with ${file}: ${addresses.join(", ")}`);
    await stops.first;
    if (!json) io.err("Stopping: no new runners. A second signal stops at once.");
    const { report, forced } = await stopWithin(drover, stops.second);
    if (json) io.out(JSON.stringify({ stopped: forced ? "at-once" : "in-order", left: report.left }));
    else for (const line of leftLines(report, forced)) io.err(line);
    return forced ? exitCode.interrupted : exitCode.ok;
  },
});

function stopSignals(io: Io): { readonly first: Promise<void>; readonly second: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let heard = 0;
  io.onSignal(() => {
    heard += 1;
    (heard === 1 ? first : second).resolve();
  });
  return { first: first.promise, second: second.promise };
}

/** In order, unless a second signal comes: then at once. */
async function stopWithin(
  drover: RunningDrover,
  second: Promise<void>,
): Promise<{ readonly report: StopReport; readonly forced: boolean }> {
  let forced = false;
  // A forced stop ends the orderly one too, so whichever comes first must know of the second signal.
  const inOrder = drover.stop().then((report) => ({ report, forced }));
  const atOnce = second.then(async () => {
    forced = true;
    return { report: await drover.stopNow(), forced };
  });
  return await Promise.race([inOrder, atOnce]);
}

function leftLines({ left }: StopReport, forced: boolean): string[] {
  const how = forced ? "Stopped at once" : "Stopped";
  if (left.length === 0) return [`${how}. Nothing is left behind.`];
  const count = left.length === 1 ? "1 runner is" : `${left.length} runners are`;
  return [
    `${how}. ${count} left; the next start adopts what still lives:`,
    ...left.map(({ runner, pool, phase }) => `  ${runner}  ${phase}  in ${pool}`),
  ];
}

/** What the operator must mend, at the place where drover.yaml asks for it; any other error as it is. */
async function startFailure(error: unknown, problemAt: LoadedConfig["problemAt"]): Promise<unknown> {
  const { formatProblem, SettingError } = await import("../../config/index.ts");
  if (!(error instanceof SettingError)) return error;
  return new CliError(formatProblem(problemAt(error.path, error.message)), {
    // Starting again cannot help before somebody has changed something, unless another program may go away.
    exitCode: error.retryable ? exitCode.failed : exitCode.usage,
    ...(error.code === undefined ? {} : { code: error.code }),
    cause: error,
  });
}
