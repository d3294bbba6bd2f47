import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { SecretReference } from "../../config/index.ts";
import { findConfigFile, loadConfig } from "../config-file.ts";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import type { CallTarget } from "../http-call.ts";
import type { ServerChoice } from "./server-options.ts";

export interface Server {
  readonly target: CallTarget;
  /** As shown in messages. */
  readonly name: string;
  /** Undefined where none is needed (a socket) or none is known. */
  readonly token: string | undefined;
}

/**
 * Which running Drover is meant: what the command line names, else the environment, else drover.yaml.
 *
 * @throws {CliError} nothing names one, or a configuration or a token cannot be read (exit code 2).
 */
export async function findServer(choice: ServerChoice, io: Io): Promise<Server> {
  const named = choice.server ?? io.environment["DROVER_SERVER"];
  const hasConfig = findConfigFile(choice.config, io) !== undefined;
  if (named !== undefined) {
    const target = targetOf(named, io);
    if ("socket" in target) return { target, name: named, token: undefined };
    // The configuration is only a help here: without it the token may come from the environment.
    const token = hasConfig ? (await loadConfig(choice.config, io)).config.server.token : undefined;
    return { target, name: named, token: await apiToken(choice, token, io) };
  }
  if (!hasConfig) {
    throw new CliError("Nothing says which running Drover to ask: there is no drover.yaml in this folder.", {
      exitCode: exitCode.usage,
      remedy: "Name its configuration with -c FILE, or its address with --server URL.",
    });
  }
  const { server } = (await loadConfig(choice.config, io)).config;
  if (server.listen === undefined || existsSync(server.socket) || /:0$/.test(server.listen)) {
    return { target: { socket: server.socket }, name: `unix:${server.socket}`, token: undefined };
  }
  const origin = `http://${server.listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:")}`;
  return { target: { origin }, name: origin, token: await apiToken(choice, server.token, io) };
}

function targetOf(text: string, io: Io): CallTarget {
  if (text.startsWith("unix:")) return { socket: resolve(io.folder, text.slice("unix:".length)) };
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return { origin: new URL(text).origin };
  throw new CliError(`"${text}" is no address of a running Drover.`, {
    exitCode: exitCode.usage,
    remedy: "Write http://HOST:PORT or unix:/PATH.",
  });
}

async function apiToken(
  choice: ServerChoice,
  configured: SecretReference | undefined,
  io: Io,
): Promise<string | undefined> {
  if (choice.tokenFile === undefined) {
    const given = io.environment["DROVER_TOKEN"]?.trim() ?? "";
    if (given !== "") return given;
    if (configured === undefined) return undefined;
  }
  const reference: SecretReference =
    choice.tokenFile === undefined && configured !== undefined
      ? configured
      : { kind: "file", path: resolve(io.folder, choice.tokenFile ?? "") };
  const { resolveSecret } = await import("../../config/index.ts");
  try {
    return (await resolveSecret(reference, io.environment)).value;
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), {
      exitCode: exitCode.usage,
      remedy: "drover up makes the token's file when it starts; or name another one with --token-file FILE.",
      cause: error,
    });
  }
}
