import { connect } from "../api/client.ts";
import { serverOptions } from "../api/server-options.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";

export const command = defineCommand({
  name: "drain",
  summary: "stop a pool from starting runners; what runs is finished",
  description:
    "A drained pool starts no new runners, and its idle ones go; running jobs finish. It lasts until --resume or until Drover is started again.",
  group: "Run",
  arguments: { pool: { summary: "the pool's name", kind: "required" } },
  options: {
    ...serverOptions,
    resume: { flags: "--resume", summary: "let the pool start runners again", kind: "switch" },
  },
  examples: [
    { line: "drover drain linux-x64", what: "before maintenance" },
    { line: "drover drain linux-x64 --resume", what: "afterwards" },
  ],
  exitCodes: [exitCode.unreachable, exitCode.notFound, exitCode.denied],
  async run({ args, options, json, io }) {
    const drained = !options.resume;
    await (await connect(options, io)).setDrained(args.pool, drained);
    if (json) io.out(JSON.stringify({ pool: args.pool, drained }));
    else if (drained) io.out(`${args.pool} drains: it starts no new runners, and running jobs finish.`);
    else io.out(`${args.pool} starts runners again.`);
    return exitCode.ok;
  },
});
