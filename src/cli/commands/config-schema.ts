import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";

export const command = defineCommand({
  name: "config schema",
  summary: "print the JSON schema of drover.yaml",
  description:
    "Prints the JSON schema (draft 2020-12) of drover.yaml, for editors: save it and name it in a first line `# yaml-language-server: $schema=drover.schema.json`.",
  group: "Configure",
  examples: [{ line: "drover config schema > drover.schema.json", what: "completion and errors in your editor" }],
  async run({ io }) {
    const { configJsonSchema } = await import("../../config/index.ts");
    io.out(JSON.stringify(configJsonSchema(), null, 2));
    return exitCode.ok;
  },
});
