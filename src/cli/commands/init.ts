import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { composeConfig, type Answers } from "../init/answers.ts";
import { knownAnswers, withDefaults } from "../init/known-answers.ts";

export const command = defineCommand({
  name: "init",
  summary: "write a first drover.yaml",
  description:
    "Asks a few questions and writes drover.yaml; what the options say is not asked. With --scope it asks nothing: everything else has a default. A file that exists is never touched.",
  group: "Configure",
  options: {
    output: { flags: "-o, --output <file>", summary: "the file to write", kind: "text", default: "drover.yaml" },
    url: { flags: "--url <url>", summary: "GitHub's URL; default: https://github.com", kind: "text" },
    scope: { flags: "--scope <scope>", summary: "organization, owner/repository or enterprises/name", kind: "text" },
    pool: { flags: "--pool <name>", summary: "the pool's name and runs-on label; default: linux-x64", kind: "text" },
    max: { flags: "--max <count>", summary: "the most runners at once; default: 4", kind: "count" },
    tokenEnv: {
      flags: "--token-env <name>",
      summary: "environment variable with a token; default: GITHUB_TOKEN",
      kind: "text",
    },
    tokenFile: { flags: "--token-file <file>", summary: "file with a token", kind: "text" },
    appClientId: { flags: "--app-client-id <id>", summary: "client ID of a GitHub App", kind: "text" },
    appKeyFile: { flags: "--app-key-file <file>", summary: "the App's private key", kind: "text" },
    runnerDir: {
      flags: "--runner-dir <folder>",
      summary: "folder with GitHub's runner; default: /opt/actions-runner",
      kind: "text",
    },
    runnerVersion: {
      flags: "--runner-version <version>",
      summary: "version of GitHub's runner to download",
      kind: "text",
    },
    runnerSha256: { flags: "--runner-sha256 <sum>", summary: "SHA-256 of that version's archive", kind: "text" },
    minimal: { flags: "--minimal", summary: "use the simulator's minimal runner", kind: "switch" },
  },
  examples: [
    { line: "drover init", what: "with questions" },
    { line: "drover init --scope acme --token-env GITHUB_TOKEN --runner-dir /opt/actions-runner", what: "without" },
  ],
  exitCodes: [exitCode.interrupted],
  async run({ options, json, io }) {
    const path = resolve(io.folder, options.output);
    refuseExisting(path, options.output);
    const known = knownAnswers(options);
    const answers = known.scope !== undefined || json ? withDefaults(known) : await askPerson(known, io);
    const text = composeConfig(answers);
    const { formatProblem, parseConfig } = await import("../../config/index.ts");
    const checked = parseConfig(text, options.output, io.folder);
    if ("errors" in checked) {
      const lines = checked.errors.map(formatProblem).join("\n");
      throw new CliError(`These answers make no usable configuration:\n${lines}`, { exitCode: exitCode.usage });
    }
    try {
      writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") refuseExisting(path, options.output);
      throw cannotWrite(options.output, error);
    }
    if (json) io.out(JSON.stringify({ file: options.output, installation: checked.config.installation }));
    else io.out(`${options.output} is written. Next: drover config check, then drover up`);
    return exitCode.ok;
  },
});

function refuseExisting(path: string, name: string): void {
  if (!existsSync(path)) return;
  throw new CliError(`${name} exists already; it stays as it is.`, {
    remedy: "Write another file with -o FILE, or move the old one away.",
  });
}

function cannotWrite(name: string, error: unknown): CliError {
  const { code } = error as NodeJS.ErrnoException;
  const why = code === "ENOENT" ? "its folder does not exist" : (code ?? String(error));
  return new CliError(`${name} cannot be written: ${why}.`, {
    remedy: "Make the folder, or write another file with -o FILE.",
    cause: error,
  });
}

async function askPerson(known: Partial<Answers>, io: Io): Promise<Answers> {
  if (!io.interactive) return withDefaults(known);
  const { ask } = await import("../init/ask.ts");
  return await ask(known);
}
