import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { holdKeyboard } from "../terminal/keyboard.ts";
import { span, type Line } from "../terminal/line.ts";
import { liveNarrator, plainNarrator, type Narrator } from "./narrator.ts";
import { pictureOf } from "./picture.ts";
import { openingAct, runDemo, type DemoEnd } from "./run-demo.ts";
import { samplePools } from "./sample.ts";
import { Stage } from "./stage.ts";
import { summaryLines } from "./summary.ts";

export const command = defineCommand({
  name: "demo",
  summary: "watch real jobs run on this machine, with no GitHub account",
  description:
    "Starts a GitHub in a box and a Drover in a temporary folder, pushes a sample project (a matrix, chains of jobs, one job that fails and one that is cancelled on purpose) and shows each job being queued, started on a fresh runner and cleaned up. Numbers come from the simulator's own truth and from looking for what is left on this machine. Ends within a minute; Ctrl-C cleans up at any time.",
  group: "Run",
  options: {
    keep: { flags: "--keep", summary: "stay up afterwards, to look around and push again", kind: "switch" },
  },
  examples: [
    { line: "drover demo", what: "the whole story in half a minute" },
    { line: "drover demo --keep", what: "stay up and say what to try next" },
    { line: "drover demo --json", what: "the numbers as one JSON object" },
  ],
  exitCodes: [exitCode.interrupted],
  async run({ options, json, io }) {
    const beganAtMs = io.nowMs();
    const isLive = !json && io.interactive;
    // With --json the story goes to stderr: stdout gets the object alone.
    const narrator: Narrator = isLive ? liveNarrator(process.stdout, io) : plainNarrator(io, json ? io.err : io.out);
    const interrupt = onInterrupt(io, isLive, narrator);
    let stage: Stage | undefined;
    let end: DemoEnd | undefined;
    try {
      const nothingYet = { nowMs: beganAtMs, beganAtMs, act: openingAct, pools: samplePools };
      narrator.show(pictureOf({ jobs: [], runners: [] }, nothingYet));
      stage = await Stage.open({ ...io, signal: interrupt.signal });
      end = await runDemo(stage, { narrator, io, beganAtMs, signal: interrupt.signal });
      const tookMs = io.nowMs() - beganAtMs;
      narrator.end(end.picture, [
        ...summaryLines(end.summary, end.faults, tookMs),
        [],
        ...(options.keep ? keepLines(typed(io), stage) : nextLines(typed(io))),
      ]);
      if (options.keep) await interrupt.happened;
    } catch (error) {
      narrator.close();
      if (!interrupt.signal.aborted) throw error;
    } finally {
      interrupt.isCleaning = true;
      const left = (await stage?.close()) ?? [];
      if (end !== undefined && left.length > 0 && !options.keep) {
        const { runners } = end.summary;
        const words = `Left over after the end: ${left.map(({ what }) => what).join(", ")}.`;
        io.err(words);
        end = {
          ...end,
          faults: [...end.faults, words],
          summary: { ...end.summary, runners: { ...runners, leaked: runners.leaked + left.length } },
        };
      }
      interrupt.release();
    }
    if (end === undefined) return exitCode.interrupted;
    if (json) io.out(JSON.stringify(end.summary));
    return end.faults.length === 0 ? exitCode.ok : exitCode.failed;
  },
});

interface Interrupt {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
  isCleaning: boolean;
  release(): void;
}

/** Ctrl-C, SIGTERM and a closed terminal all end the story and begin the cleaning, which nothing stops. */
function onInterrupt(io: Io, isLive: boolean, narrator: Narrator): Interrupt {
  const abort = new AbortController();
  const hear = () => {
    narrator.close();
    if (isLive) io.err(interrupt.isCleaning ? " Still cleaning up." : " Cleaning up.");
    abort.abort(new Error("The demo was interrupted."));
  };
  io.onSignal(hear);
  const interrupt: Interrupt = {
    signal: abort.signal,
    happened: new Promise((resolve) => abort.signal.addEventListener("abort", () => resolve(), { once: true })),
    isCleaning: false,
    release: isLive ? holdKeyboard(process.stdin, hear) : () => undefined,
  };
  return interrupt;
}

function suggestions(lines: readonly (readonly [line: string, what: string])[]): Line[] {
  const width = Math.max(...lines.map(([line]) => line.length)) + 3;
  return lines.map(([line, what]) => [span(`   ${line.padEnd(width)}`, "active"), span(what, "dim")]);
}

/** As it was typed: `npx drover` in a checkout, `drover` where it is installed. */
function typed(io: Io): string {
  return io.environment["npm_command"] === "exec" ? "npx drover" : "drover";
}

function nextLines(drover: string): Line[] {
  return [
    [span(" Next", "bold")],
    ...suggestions([
      [`${drover} demo --keep`, "stay up, look around, push again"],
      [`${drover} init`, "write a drover.yaml for your own GitHub"],
    ]),
  ];
}

function keepLines(drover: string, stage: Stage): Line[] {
  return [
    [span(" It stays up. In another terminal, from this folder:", "bold")],
    [span(`   export DROVER_SERVER=unix:${stage.socket}`, "active")],
    [span(`   export DROVER_SIM_URL=${stage.url}`, "active")],
    [],
    ...suggestions([
      [`${drover} status`, "the pools, their demand, what is wrong"],
      [`${drover} jobs`, "every job Drover knows"],
      [`${drover} why smoke`, "what one job waited for, link by link"],
      [`${drover} sim status`, "what the simulator knows to be true"],
      [`${drover} sim push ${stage.sample}`, "once more"],
    ]),
    [],
    [span(" Ctrl-C ends it and cleans up.", "dim")],
  ];
}
