import { configOption, loadConfig } from "../config-file.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";

export const command = defineCommand({
  name: "config show",
  summary: "print the configuration with every default filled in",
  description: "Prints what Drover makes of drover.yaml: defaults filled in, paths absolute. Secrets stay references.",
  group: "Configure",
  options: { config: configOption },
  examples: [{ line: "drover config show", what: "as YAML; with --json as JSON" }],
  async run({ options, json, io }) {
    const { config } = await loadConfig(options.config, io);
    const { stringify } = await import("yaml");
    io.out(json ? JSON.stringify(config, null, 2) : stringify(config, { lineWidth: 110 }).trimEnd());
    return exitCode.ok;
  },
});
