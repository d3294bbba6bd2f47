import { isCancel, select, text } from "@clack/prompts";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Answers } from "./answers.ts";

/** Asks for what is not known yet. @throws {CliError} the questions were cancelled (exit code 130). */
export async function ask(known: Partial<Answers>): Promise<Answers> {
  const url = known.url ?? (await word("Where is GitHub?", "https://github.com", /^https?:\/\/[^/\s]+\/?$/));
  const scope =
    known.scope ??
    (await word("For which organization (acme) or repository (acme/widgets)?", undefined, /^[\w.-]+(?:\/[\w.-]+)?$/));
  const pool =
    known.pool ??
    (await word("How shall workflows call the runners (runs-on)?", "linux-x64", /^[a-z][a-z0-9-]{0,30}$/));
  const max = known.max ?? (await word("How many at once, at most?", "4", /^\d{1,5}$/));
  return {
    url,
    scope,
    pool,
    max,
    credential: known.credential ?? (await askCredential()),
    runner: known.runner ?? (await askRunner()),
  };
}

async function askCredential(): Promise<Answers["credential"]> {
  const kind = await choice("How does Drover prove who it is?", [
    { value: "token-env", label: "a personal access token in an environment variable" },
    { value: "token-file", label: "a personal access token in a file" },
    { value: "app", label: "a GitHub App (best for organizations)" },
  ]);
  if (kind === "token-env") return { kind, name: await word("Which variable?", "GITHUB_TOKEN", /^[A-Za-z_]\w*$/) };
  if (kind === "token-file") return { kind, path: await word("Which file?", "/etc/drover/token", /^\S.*$/) };
  const clientId = await word("The App's client ID?", undefined, /^[\w.-]+$/);
  return {
    kind: "app",
    clientId,
    keyFile: await word("The file with its private key?", "/etc/drover/app.pem", /^\S.*$/),
  };
}

async function askRunner(): Promise<Answers["runner"]> {
  const kind = await choice("Which program runs the jobs?", [
    { value: "release", label: "GitHub's runner, downloaded and verified" },
    { value: "dir", label: "GitHub's runner, unpacked on this machine already" },
    { value: "minimal", label: "the minimal runner, for drover sim only" },
  ]);
  if (kind === "minimal") return { kind };
  if (kind === "dir") return { kind, dir: await word("Where?", "/opt/actions-runner", /^\S.*$/) };
  const version = await word("Which version? (github.com/actions/runner/releases)", undefined, /^\d+\.\d+\.\d+$/);
  const sha256 = await word("The SHA-256 of its archive, from the same page?", undefined, /^[0-9a-fA-F]{64}$/);
  return { kind: "release", version, sha256 };
}

async function word(message: string, initial: string | undefined, pattern: RegExp): Promise<string> {
  const answer = await text({
    message,
    ...(initial === undefined ? {} : { placeholder: initial, defaultValue: initial }),
    validate: (value) => {
      const given = value === undefined || value === "" ? (initial ?? "") : value.trim();
      return pattern.test(given) ? undefined : "That does not look right.";
    },
  });
  if (isCancel(answer)) throw cancelled();
  return answer.trim();
}

async function choice<Value extends string>(
  message: string,
  options: readonly { readonly value: Value; readonly label: string }[],
): Promise<Value> {
  const answer = await select<string>({ message, options: options.map(({ value, label }) => ({ value, label })) });
  if (isCancel(answer)) throw cancelled();
  return answer as Value;
}

function cancelled(): CliError {
  return new CliError("Nothing was written.", { exitCode: exitCode.interrupted });
}
