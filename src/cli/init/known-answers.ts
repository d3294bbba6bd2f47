import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Answers } from "./answers.ts";

/** The options of `drover init` that answer questions. */
export interface InitOptions {
  readonly url: string | undefined;
  readonly scope: string | undefined;
  readonly pool: string | undefined;
  readonly max: number | undefined;
  readonly tokenEnv: string | undefined;
  readonly tokenFile: string | undefined;
  readonly appClientId: string | undefined;
  readonly appKeyFile: string | undefined;
  readonly runnerDir: string | undefined;
  readonly runnerVersion: string | undefined;
  readonly runnerSha256: string | undefined;
  readonly minimal: boolean;
}

/** What the command line answered already. @throws {CliError} half an answer, or two to one question (exit code 2). */
export function knownAnswers(options: InitOptions): Partial<Answers> {
  const { url, scope, pool, max } = options;
  const credential = only(credentials(options), "Name one credential: a token's variable, a token's file, or an App.");
  const runner = only(runners(options), "Name one program: a folder, a version to download, or --minimal.");
  return {
    ...(url === undefined ? {} : { url }),
    ...(scope === undefined ? {} : { scope }),
    ...(pool === undefined ? {} : { pool }),
    ...(max === undefined ? {} : { max: String(max) }),
    ...(credential === undefined ? {} : { credential }),
    ...(runner === undefined ? {} : { runner }),
  };
}

/** For a command line without a person: everything but the scope has a default. */
export function withDefaults(known: Partial<Answers>): Answers {
  const { scope } = known;
  if (scope === undefined) {
    throw usage("Nobody is here to ask, and --scope is missing.", "Example: drover init --scope acme/widgets");
  }
  return {
    url: "https://github.com",
    pool: "linux-x64",
    max: "4",
    credential: { kind: "token-env", name: "GITHUB_TOKEN" },
    runner: { kind: "dir", dir: "/opt/actions-runner" },
    ...known,
    scope,
  };
}

function credentials(options: InitOptions): Answers["credential"][] {
  const { tokenEnv, tokenFile } = options;
  const app = pair(options.appClientId, options.appKeyFile, "--app-client-id and --app-key-file");
  return [
    ...(tokenEnv === undefined ? [] : [{ kind: "token-env" as const, name: tokenEnv }]),
    ...(tokenFile === undefined ? [] : [{ kind: "token-file" as const, path: tokenFile }]),
    ...(app === undefined ? [] : [{ kind: "app" as const, clientId: app[0], keyFile: app[1] }]),
  ];
}

function runners(options: InitOptions): Answers["runner"][] {
  const { runnerDir, minimal } = options;
  const release = pair(options.runnerVersion, options.runnerSha256, "--runner-version and --runner-sha256");
  return [
    ...(runnerDir === undefined ? [] : [{ kind: "dir" as const, dir: runnerDir }]),
    ...(release === undefined ? [] : [{ kind: "release" as const, version: release[0], sha256: release[1] }]),
    ...(minimal ? [{ kind: "minimal" as const }] : []),
  ];
}

function pair(
  one: string | undefined,
  other: string | undefined,
  flags: string,
): readonly [string, string] | undefined {
  if (one === undefined && other === undefined) return undefined;
  if (one === undefined || other === undefined) throw usage(`${flags} go together.`, "Give both, or neither.");
  return [one, other];
}

function only<Answer>(answers: readonly Answer[], remedy: string): Answer | undefined {
  if (answers.length > 1) throw usage("Two options answer one question.", remedy);
  return answers[0];
}

function usage(message: string, remedy: string): CliError {
  return new CliError(message, { exitCode: exitCode.usage, remedy });
}
