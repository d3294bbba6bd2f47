import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { collectFiles, type CollectedFile } from "../simulator/collect-files.ts";
import { controlCall, jsonOf, simulatorUrl, toOption } from "../simulator/control.ts";
import { visible } from "../terminal/text-width.ts";
import { waitForRuns } from "../simulator/wait-for-runs.ts";

interface Pushed {
  readonly runs: readonly {
    readonly id: number | string;
    readonly workflow: string;
    readonly jobs: readonly { readonly id: string; readonly name: string }[];
  }[];
  /** Workflows that this event does not start, and why. */
  readonly ignored?: readonly { readonly file: string; readonly reason: string }[];
  /** With status 422 only. */
  readonly errors?: readonly {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly message: string;
    readonly remedy?: string;
  }[];
}

export const command = defineCommand({
  name: "sim push",
  summary: "push workflow files to the simulator and start their runs",
  description:
    "Pushes workflow files, or all of a folder with the local composite actions in it, as one commit. A file that uses something the simulator does not support is refused with file, line and remedy, and none of its jobs appears.",
  group: "Simulator",
  arguments: { files: { summary: "workflow files, or folders that hold .github/workflows", kind: "several" } },
  options: {
    to: toOption,
    repo: { flags: "--repo <owner/name>", summary: "the repository; default: the simulator's first", kind: "text" },
    event: {
      flags: "--event <event>",
      summary: "what happened in the repository",
      kind: "choice",
      choices: ["push", "workflow_dispatch"],
      default: "push",
    },
    input: { flags: "--input <key=value>", summary: "an input of workflow_dispatch; repeatable", kind: "texts" },
    wait: {
      flags: "--wait",
      summary: "wait until the runs are completed; exit code 1 unless all succeed",
      kind: "switch",
    },
  },
  examples: [
    { line: "drover sim push .github/workflows/ci.yml", what: "one workflow" },
    { line: "drover sim push . --repo acme/widgets --wait", what: "a whole folder, and wait for the result" },
    {
      line: "drover sim push .github/workflows/deploy.yml --event workflow_dispatch --input target=staging",
      what: "a run by hand, with an input",
    },
  ],
  exitCodes: [exitCode.unreachable],
  async run({ args, options, json, io }) {
    if (options.event !== "workflow_dispatch" && options.input.length > 0) {
      throw new CliError(`A ${options.event} has no inputs, so --input ${options.input[0] ?? ""} would be lost.`, {
        exitCode: exitCode.usage,
        remedy: "Add --event workflow_dispatch, or leave --input out.",
      });
    }
    const files = collectFiles(args.files, io.folder);
    const url = simulatorUrl(options.to, io);
    const body = {
      ...(options.repo === undefined ? {} : { repository: options.repo }),
      event: options.event,
      inputs: inputsOf(options.input),
      files: files.map(({ path, text }) => ({ path, text })),
    };
    const answer = await controlCall(url, { method: "POST", path: "/_drover/push", body }, io);
    const pushed = jsonOf<Pushed>(answer);
    if (answer.status === 422) {
      if (json) io.out(answer.text);
      else showRefusal(pushed, files, io);
      return exitCode.failed;
    }
    if (!options.wait) {
      if (json) io.out(JSON.stringify(pushed));
      else showRuns(pushed, io);
      return exitCode.ok;
    }
    if (!json) showRuns(pushed, io);
    const runs = pushed.runs.map((run) => run.id);
    const result = await waitForRuns(url, runs, io, { quiet: json });
    if (json) io.out(JSON.stringify({ ...pushed, jobs: result.jobs, succeeded: result.succeeded }));
    return result.succeeded ? exitCode.ok : exitCode.failed;
  },
});

function inputsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new CliError(`--input ${pair} has no value.`, {
        exitCode: exitCode.usage,
        remedy: "Write it like --input target=staging.",
      });
    }),
  );
}

/** What was refused, and what was made of the other files. */
function showRefusal(pushed: Pushed, files: readonly CollectedFile[], io: Io): void {
  for (const { file, line, column, message, remedy } of pushed.errors ?? []) {
    const source = files.find(({ path }) => path === file)?.source ?? file;
    io.err(`${source}:${line}:${column} ${message}`);
    if (remedy !== undefined) io.err(`    ${remedy}`);
  }
  io.err(`${io.colors.red("error:")} The simulator refused what is named above; it made no job of it.`);
  if (pushed.runs.length > 0) showRuns(pushed, io);
}

function showRuns({ runs, ignored = [] }: Pushed, io: Io): void {
  const { dim } = io.colors;
  if (runs.length === 0) io.out("No run was made.");
  for (const { file, reason } of ignored) io.out(dim(`${file}: not started, ${reason}`));
  for (const run of runs) {
    io.out(`run ${run.id}  ${run.workflow}  ${dim(`${run.jobs.length} ${run.jobs.length === 1 ? "job" : "jobs"}`)}`);
    for (const job of run.jobs) io.out(`  ${visible(job.name)}  ${dim(job.id)}`);
  }
}
