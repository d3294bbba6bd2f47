import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { controlCall, simulatorUrl, toOption } from "../simulator/control.ts";

export const command = defineCommand({
  name: "sim cancel",
  summary: "cancel a workflow run in the simulator",
  group: "Simulator",
  arguments: { run: { summary: "the run's id, as sim push and sim status show it", kind: "required" } },
  options: { to: toOption },
  examples: [{ line: "drover sim cancel 1", what: "as the button Cancel workflow does" }],
  exitCodes: [exitCode.unreachable, exitCode.notFound],
  async run({ args, options, json, io }) {
    const path = `/_drover/runs/${encodeURIComponent(args.run)}/cancel`;
    const answer = await controlCall(simulatorUrl(options.to, io), { method: "POST", path }, io);
    io.out(json ? answer.text || "{}" : `Run ${args.run} is being cancelled.`);
    return exitCode.ok;
  },
});
