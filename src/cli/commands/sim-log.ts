import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { controlCall, simulatorUrl, toOption } from "../simulator/control.ts";

export const command = defineCommand({
  name: "sim log",
  summary: "print a job's log as the simulator received it",
  group: "Simulator",
  arguments: { job: { summary: "the job's id, as sim push and sim status show it", kind: "required" } },
  options: { to: toOption },
  examples: [{ line: "drover sim log 3", what: "the whole log with a time before each line" }],
  exitCodes: [exitCode.unreachable, exitCode.notFound],
  async run({ args, options, json, io }) {
    const path = `/_drover/truth/jobs/${encodeURIComponent(args.job)}/log`;
    const { text } = await controlCall(simulatorUrl(options.to, io), { method: "GET", path }, io);
    io.out(json ? JSON.stringify({ job: args.job, log: text }) : text.replace(/\n$/, ""));
    return exitCode.ok;
  },
});
