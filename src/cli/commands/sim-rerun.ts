import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { controlCall, simulatorUrl, toOption } from "../simulator/control.ts";

export const command = defineCommand({
  name: "sim rerun",
  summary: "run a completed workflow run again in the simulator",
  group: "Simulator",
  arguments: { run: { summary: "the run's id, as sim push and sim status show it", kind: "required" } },
  options: {
    to: toOption,
    failed: { flags: "--failed", summary: "only failed jobs and those that depend on them", kind: "switch" },
  },
  examples: [{ line: "drover sim rerun 1 --failed", what: "as the button Re-run failed jobs does" }],
  exitCodes: [exitCode.unreachable, exitCode.notFound],
  async run({ args, options, json, io }) {
    const path = `/_drover/runs/${encodeURIComponent(args.run)}/${options.failed ? "rerun-failed" : "rerun"}`;
    const answer = await controlCall(simulatorUrl(options.to, io), { method: "POST", path }, io);
    io.out(json ? answer.text || "{}" : `Run ${args.run} runs again.`);
    return exitCode.ok;
  },
});
