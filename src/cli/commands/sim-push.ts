import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { collectFiles, type CollectedFile } from "../simulator/collect-files.ts";
import { controlCall, jsonOf, simulatorUrl, toOption } from "../simulator/control.ts";
import { waitForRuns } from "../simulator/wait-for-runs.ts";

interface Pushed {
  readonly runs: readonly {
    readonly id: number | string;
    readonly workflow: string;
    readonly jobs: readonly { readonly id: string; readonly name: string }[];
  }[];
}

interface Refused {
  readonly errors: readonly {
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
    const files = collectFiles(args.files, io.folder);
    const url = simulatorUrl(options.to, io);
    const body = {
      ...(options.repo === undefined ? {} : { repository: options.repo }),
      event: options.event,
      inputs: inputsOf(options.input),
      files: files.map(({ path, text }) => ({ path, text })),
    };
    const answer = await controlCall(url, { method: "POST", path: "/_drover/push", body }, io);
    if (answer.status === 422) throw refused(jsonOf<Refused>(answer), files);
    const pushed = jsonOf<Pushed>(answer);
    if (!options.wait) {
      if (json) io.out(JSON.stringify(pushed));
      else showRuns(pushed, io.out, io.colors.dim);
      return exitCode.ok;
    }
    if (!json) showRuns(pushed, io.out, io.colors.dim);
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

function refused({ errors }: Refused, files: readonly CollectedFile[]): CliError {
  const lines = errors.map(({ file, line, column, message, remedy }) => {
    const source = files.find(({ path }) => path === file)?.source ?? file;
    return `${source}:${line}:${column} ${message}${remedy === undefined ? "" : `\n    ${remedy}`}`;
  });
  return new CliError(`The simulator refused the push; no job was made.\n${lines.join("\n")}`);
}

function showRuns({ runs }: Pushed, out: (line: string) => void, dim: (text: string) => string): void {
  if (runs.length === 0) out("No workflow listens to this event; no run was made.");
  for (const run of runs) {
    out(`run ${run.id}  ${run.workflow}  ${dim(`${run.jobs.length} ${run.jobs.length === 1 ? "job" : "jobs"}`)}`);
    for (const job of run.jobs) out(`  ${job.name}  ${dim(job.id)}`);
  }
}
