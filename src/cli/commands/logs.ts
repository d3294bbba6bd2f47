import type { RunnerView } from "../../core/ports/read-model.ts";
import { connect, type ApiClient } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { linesAfter } from "../lines-after.ts";
import { newTail } from "../new-tail.ts";
import { visible } from "../terminal/text-width.ts";

const followMs = 1_000;
const mostBytes = 1_048_576;
/** A runner without output is being made, or its end is not known yet; after so many looks it is somebody else's. */
const mostLooksWithout = 3;
/** As many as the API lists at once. */
const mostRunners = 10_000;

export const command = defineCommand({
  name: "logs",
  summary: "print what a runner wrote",
  description:
    "Prints the last part of a runner's own output. The log of the job it runs is at GitHub. A runner's output goes with the runner; of one that is gone, its last lines are shown for as long as Drover remembers it.",
  group: "Look",
  arguments: { runner: { summary: "the runner's name", kind: "required" } },
  options: {
    ...serverOptions,
    follow: { flags: "-f, --follow", summary: "go on until the runner is gone", kind: "switch" },
    bytes: { flags: "--bytes <count>", summary: "how much of the end, in bytes", kind: "count", default: 65_536 },
  },
  examples: [{ line: "drover logs linux-x64-k3v9qadm2p-7 --follow", what: "as it writes" }],
  exitCodes: [exitCode.unreachable, exitCode.notFound, exitCode.denied, exitCode.interrupted],
  async run({ args, options, json, io }) {
    const client = await connect(options, io);
    const { runner } = args;
    const bytes = Math.min(Math.max(1, options.bytes), mostBytes);
    const print = (text: string): void => {
      if (text !== "") io.out(json ? JSON.stringify({ runner, log: text }) : text.replace(/\n$/, ""));
    };
    // With --follow an unfinished line waits for its end.
    const wholeLines = (text: string): string => (options.follow ? text.slice(0, text.lastIndexOf("\n") + 1) : text);
    let seen: string | undefined;
    let looksWithout = 0;
    for (;;) {
      const found = await logOrEnd(client, runner, seen === undefined ? bytes : mostBytes);
      if ("text" in found) {
        const text = wholeLines(found.text);
        print(seen === undefined ? text : newTail(seen, text));
        seen = text;
      } else if (found.view?.end !== undefined) {
        if (!json) io.err(endLine(found.view.name, found.view.end));
        print(linesAfter(keptLines(seen ?? ""), found.view.end.lastLines).join("\n"));
        return exitCode.ok;
      } else if (!options.follow || (found.view?.phase !== "starting" && (looksWithout += 1) > mostLooksWithout)) {
        // The log goes with the runner: having seen it, that is the end of the story, not a failure.
        if (seen !== undefined) return exitCode.ok;
        throw found.error;
      }
      if (!options.follow) return exitCode.ok;
      await io.pause(followMs);
      if (io.signal.aborted) return exitCode.ok;
    }
  },
});

type LogOrEnd = { readonly text: string } | { readonly view: RunnerView | undefined; readonly error: CliError };

/** What the runner has written, or what Drover remembers of a runner without output. */
async function logOrEnd(client: ApiClient, runner: string, maxBytes: number): Promise<LogOrEnd> {
  try {
    return { text: await client.runnerLog(runner, maxBytes) };
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== exitCode.notFound) throw error;
    const { runners } = await client.runners({ limit: mostRunners });
    return { view: runners.find(({ name }) => name === runner), error };
  }
}

/** The lines as a post-mortem keeps them: without carriage returns, at most 400 characters each. */
function keptLines(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => [...line.replace(/\r$/, "")].slice(0, 400).join(""));
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function endLine(name: string, end: NonNullable<RunnerView["end"]>): string {
  const how = end.exitCode === null ? "" : `, exit code ${end.exitCode}`;
  return `${name} is gone (${visible(end.reason)}${how}). The last it wrote:`;
}
