import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { newTail } from "../new-tail.ts";

const followMs = 1_000;
const mostBytes = 1_048_576;

export const command = defineCommand({
  name: "logs",
  summary: "print what a runner wrote",
  description:
    "Prints the last part of a runner's own output. The log of the job it runs is at GitHub; a runner's output goes with the runner.",
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
    const bytes = Math.min(Math.max(1, options.bytes), mostBytes);
    const print = (text: string): void => {
      if (text !== "") io.out(json ? JSON.stringify({ runner: args.runner, log: text }) : text.replace(/\n$/, ""));
    };
    let seen = await client.runnerLog(args.runner, bytes);
    // With --follow an unfinished line waits for its end.
    const wholeLines = (text: string): string => (options.follow ? text.slice(0, text.lastIndexOf("\n") + 1) : text);
    seen = wholeLines(seen);
    print(seen);
    while (options.follow && !io.signal.aborted) {
      await io.pause(followMs);
      let text: string;
      try {
        text = wholeLines(await client.runnerLog(args.runner, mostBytes));
      } catch (error) {
        // The log goes with the runner: that is the end of the story, not a failure.
        if (error instanceof CliError && error.exitCode === exitCode.notFound) return exitCode.ok;
        throw error;
      }
      print(newTail(seen, text));
      seen = text;
    }
    return exitCode.ok;
  },
});
