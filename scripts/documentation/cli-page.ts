import type { Command } from "../../src/cli/frame/command.ts";
import { exitCode, exitCodeMeanings } from "../../src/cli/frame/exit-code.ts";
import { generatedNote } from "./generated-note.ts";

const environment: readonly (readonly [string, string])[] = [
  ["DROVER_SERVER", "the running Drover that client commands ask, as `--server` names it"],
  ["DROVER_TOKEN", "the API's token, for http addresses"],
  ["DROVER_SIM_URL", "the simulator that `drover sim` commands speak to, as `--to` names it"],
  ["DROVER_SIM_TOKEN", "the access token that `drover sim` accepts"],
  ["NO_COLOR", "any value but the empty one: no colours"],
  ["FORCE_COLOR", "colours though stdout is no terminal; `0` turns them off"],
  ["HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the proxy between `drover up` and GitHub"],
  ["NODE_EXTRA_CA_CERTS", "file with further certificate authorities, for a GitHub Enterprise Server"],
];

/** docs/reference/cli.md, from the declarations of the commands. */
export function cliPage(commands: readonly Command[]): string {
  const codes = Object.values(exitCode).map((code) => `| ${code} | ${exitCodeMeanings[code] ?? ""} |`);
  const variables = environment.map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  const contents = commands.map(
    ({ name, summary }) => `| [\`drover ${name}\`](#drover-${name.replaceAll(" ", "-")}) | ${summary} |`,
  );
  return `${generatedNote("the commands in src/cli")}
# Command line

Every command takes \`--help\`, and \`--json\` for scripts: then stdout holds JSON only, and an error is one JSON object on stderr.
Client commands find the running Drover by \`--server\`, DROVER_SERVER or drover.yaml; on the same machine they use its Unix
socket, for which no token is needed.

| command | what it does |
| --- | --- |
${contents.join("\n")}

## Exit codes

| code | meaning |
| --- | --- |
${codes.join("\n")}

\`drover sim-runner\` has the official runner's exit codes instead.

## Environment

| variable | meaning |
| --- | --- |
${variables.join("\n")}
${commands.map(section).join("")}`;
}

function section(command: Command): string {
  const { name, summary, description, examples } = command;
  const args = Object.entries(command.arguments);
  const usage = [
    "drover",
    name,
    "[options]",
    ...args.map(([key, { kind }]) =>
      kind === "required"
        ? `<${key}>`
        : kind === "several"
          ? `<${key}...>`
          : kind === "optional"
            ? `[${key}]`
            : `[${key}...]`,
    ),
  ].join(" ");
  const rows = [
    ...args.map(([key, spec]) => `| \`${key}\` | ${cell(spec.summary)} |`),
    ...Object.values(command.options).map((spec) => `| \`${spec.flags}\` | ${cell(spec.summary + extra(spec))} |`),
    "| `--json` | print JSON only |",
  ];
  const lines = examples.map(({ line, what }) => `${line} # ${what}`);
  return `
## drover ${name}

${description ?? `${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}.`}

\`\`\`text
${usage}
\`\`\`

| argument or option | meaning |
| --- | --- |
${rows.join("\n")}
${lines.length === 0 ? "" : `\n\`\`\`sh\n${lines.join("\n")}\n\`\`\`\n`}
Exit codes: ${[exitCode.ok, exitCode.failed, exitCode.usage, ...command.exitCodes].sort((one, other) => one - other).join(", ")}.
`;
}

function extra(spec: Command["options"][string]): string {
  const choices = spec.kind === "choice" ? `: ${spec.choices.join(", ")}` : "";
  return `${choices}${"default" in spec ? ` (default: ${spec.default})` : ""}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
