import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { controlCall, simulatorUrl, toOption } from "../simulator/control.ts";
import { jobIdOf } from "../simulator/job-id-of.ts";

export const command = defineCommand({
  name: "sim log",
  summary: "print a job's log as the simulator received it",
  description:
    "Prints one job's log. A name will do as long as only one job has it; several attempts count as several jobs.",
  group: "Simulator",
  arguments: { job: { summary: "the job's id, as sim push and sim status show it, or its name", kind: "required" } },
  options: { to: toOption },
  examples: [
    { line: "drover sim log 3", what: "the whole log with a time before each line" },
    { line: 'drover sim log "build (linux)"', what: "of the only job with this name" },
  ],
  exitCodes: [exitCode.unreachable, exitCode.notFound],
  async run({ args, options, json, io }) {
    const url = simulatorUrl(options.to, io);
    const job = await jobIdOf(args.job, url, io);
    const path = `/_drover/truth/jobs/${encodeURIComponent(job)}/log`;
    const { text } = await controlCall(url, { method: "GET", path }, io);
    io.out(json ? JSON.stringify({ job, log: text }) : text.replace(/\n$/, ""));
    return exitCode.ok;
  },
});
