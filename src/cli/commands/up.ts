import { fileURLToPath } from "node:url";
import type { StopReport } from "../../engine/engine.ts";
import type { RunningDrover } from "../../main.ts";
import { configOption, loadConfig } from "../config-file.ts";
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
    "Runs until it is told to stop. SIGTERM or Ctrl-C: no new runners, idle ones go, busy ones finish or are kept as each pool's onStop says, sessions at GitHub are closed. A second one ends it at once and says what it leaves; the next start adopts that. Logs go to stderr.",
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
    const { file, config, warnings } = await loadConfig(options.config, io);
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
      throw startFailure(error, config.server.listen);
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

/** What the configuration asks for and this machine or environment does not have: starting again cannot help. */
const mistakes: readonly unknown[] = ["DROVER_SECRET", "DROVER_PROCESS_SETUP", "DROVER_API_TOKEN_FILE"];

function startFailure(error: unknown, listen: string | undefined): unknown {
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  const where = listen ?? "The address of the API";
  if (code === "EADDRINUSE") {
    return new CliError(`${where} is taken by another program; Drover did not start.`, {
      remedy: "Change server.listen in drover.yaml, or remove it: then only the socket is served.",
      cause: error,
    });
  }
  if (syscall === "listen") {
    return new CliError(`Drover cannot listen on ${where} (${code ?? message}); it did not start.`, {
      exitCode: exitCode.usage,
      remedy: "Set server.listen in drover.yaml to an address of this machine and a port that Drover's user may use.",
      cause: error,
    });
  }
  if (syscall === "mkdir") {
    return new CliError(
      `The folder ${path ?? "of the API's socket and token"} cannot be made (${code ?? message}); Drover did not start.`,
      {
        exitCode: exitCode.usage,
        remedy: "Set stateDir in drover.yaml, or the places in server, to where Drover's user may write.",
        cause: error,
      },
    );
  }
  if (typeof code !== "string" || !mistakes.includes(code)) return error;
  return new CliError(message, { exitCode: exitCode.usage, code, cause: error });
}
