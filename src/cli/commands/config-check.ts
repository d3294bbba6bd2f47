import { configOption, readConfigText } from "../config-file.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";

export const command = defineCommand({
  name: "config check",
  summary: "say everything that is wrong with drover.yaml",
  description:
    "Reads drover.yaml and shows every error with file, line, column and field, in the order of the file. Starts nothing, asks nobody and reads no secret.",
  group: "Configure",
  options: { config: configOption },
  examples: [
    { line: "drover config check", what: "checks drover.yaml in this folder" },
    { line: "drover config check -c /etc/drover/drover.yaml --json", what: "for editors and pipelines" },
  ],
  async run({ options, json, io }) {
    const { file, text } = await readConfigText(options.config, io);
    const { formatProblem, parseConfig } = await import("../../config/index.ts");
    const result = parseConfig(text, file, io.folder);
    const failed = "errors" in result;
    const errors = failed ? result.errors : [];
    const warnings = failed ? [] : result.warnings;
    if (json) {
      io.out(JSON.stringify({ ok: !failed, file, errors, warnings }, null, 2));
      return failed ? exitCode.usage : exitCode.ok;
    }
    const { colors } = io;
    for (const problem of errors) io.err(formatProblem(problem));
    for (const problem of warnings) io.err(`${colors.yellow("advice:")} ${formatProblem(problem)}`);
    if (failed) {
      io.err(colors.red(`${errors.length} ${errors.length === 1 ? "error" : "errors"} in ${file}.`));
      return exitCode.usage;
    }
    const { installation, installationGiven, pools } = result.config;
    const origin = installationGiven ? "" : " (made from the scopes; set it before you change those)";
    io.out(`${colors.green("ok")} ${file}: ${pools.length} ${pools.length === 1 ? "pool" : "pools"}`);
    io.out(`   installation ${installation}${origin}`);
    return exitCode.ok;
  },
});
