import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { version } from "../version.ts";

export const command = defineCommand({
  name: "version",
  summary: "print the versions of Drover and Node.js",
  group: "More",
  examples: [{ line: "drover version --json", what: "for scripts" }],
  async run({ json, io }) {
    const versions = { drover: version(), node: process.versions.node };
    io.out(json ? JSON.stringify(versions) : `drover ${versions.drover} (Node.js ${versions.node})`);
    return exitCode.ok;
  },
});
