import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { callFailure, httpCall, type CallRequest } from "../http-call.ts";

export const defaultSimulatorUrl = "http://127.0.0.1:4000";

/** `--to` of every command that speaks with a running simulator. */
export const toOption = {
  flags: "--to <url>",
  summary:
    "the simulator's URL; default: DROVER_SIM_URL, else github.url of ./drover.yaml when it is on this machine, else http://127.0.0.1:4000",
  kind: "text",
} as const;

/** Which simulator is meant. */
export function simulatorUrl(given: string | undefined, io: Io): string {
  const text = given ?? io.environment["DROVER_SIM_URL"] ?? urlOfConfig(io) ?? defaultSimulatorUrl;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new CliError(`"${text}" is no URL.`, {
      exitCode: exitCode.usage,
      remedy: `Write it like ${defaultSimulatorUrl}.`,
    });
  }
  return new URL(text).origin;
}

/** Only looked for as a convenience, so a file with errors is no reason to stop: its `url` line is enough. */
function urlOfConfig(io: Io): string | undefined {
  const file = resolve(io.folder, "drover.yaml");
  if (!existsSync(file)) return undefined;
  const url = /^\s+url:\s*["']?(http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)["']?\s*(?:#.*)?$/m.exec(
    readFileSync(file, "utf8"),
  );
  return url?.[1];
}

/**
 * One call of the simulator's control plane.
 *
 * @throws {CliError} no answer (exit code 3), not found (4), or refused (1), in the simulator's own words.
 */
export async function controlCall(
  url: string,
  call: Omit<CallRequest, "signal">,
  io: Io,
): Promise<{ readonly status: number; readonly text: string }> {
  let answer;
  try {
    answer = await httpCall({ origin: url }, { ...call, signal: io.signal });
  } catch (error) {
    throw new CliError(`The simulator at ${url} cannot be reached: ${callFailure(error)}.`, {
      exitCode: exitCode.unreachable,
      remedy: "Start one with: drover sim (or name a running one with --to URL)",
      cause: error,
    });
  }
  if (answer.status < 400 || answer.status === 422) return answer;
  throw new CliError(`The simulator at ${url} refused: ${refusal(answer.text) ?? `status ${answer.status}`}`, {
    exitCode: answer.status === 404 ? exitCode.notFound : exitCode.failed,
    remedy:
      answer.status === 404
        ? "drover sim status shows what there is; is it the right simulator (--to)?"
        : "drover sim status shows what there is; drover sim --help says what can be done with it.",
  });
}

/** The JSON of an answer that must hold some. */
export function jsonOf<Shape>(answer: { readonly text: string }): Shape {
  try {
    return JSON.parse(answer.text) as Shape;
  } catch (error) {
    throw new CliError("The answer was not JSON, so this is no simulator of Drover.", {
      remedy: "Check the URL after --to.",
      cause: error,
    });
  }
}

function refusal(text: string): string | undefined {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    const words = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
    const found = words ?? message;
    return typeof found === "string" ? found : undefined;
  } catch {
    return text === "" ? undefined : text.slice(0, 400);
  }
}
