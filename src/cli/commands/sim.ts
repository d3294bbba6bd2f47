import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { readyConfig } from "../simulator/ready-config.ts";
import { simulatorToken } from "../simulator/simulator-token.ts";

export const command = defineCommand({
  name: "sim",
  summary: "run a GitHub in a box on this machine",
  description:
    "Serves GitHub's side on a loopback port: registration, scale sets, the runner's service and workflow runs. Prints a drover.yaml that works against it, so that `drover sim > drover.yaml` in one terminal and `drover up` in another are a whole set-up. The access token comes from DROVER_SIM_TOKEN or --token-file, or is made.",
  group: "Simulator",
  options: {
    listen: {
      flags: "--listen <host:port>",
      summary: "a loopback address; port 0 takes a free one",
      kind: "text",
      default: "127.0.0.1:4000",
    },
    repo: {
      flags: "--repo <owner/name>",
      summary: "a repository to serve; repeatable; default: acme/widgets",
      kind: "texts",
    },
    tokenFile: {
      flags: "--token-file <file>",
      summary: "the access token's file; made with mode 0600 if it does not exist",
      kind: "text",
    },
  },
  examples: [
    { line: "drover sim", what: "owner acme, repository widgets, on 127.0.0.1:4000" },
    {
      line: "drover sim --listen 127.0.0.1:0 --repo acme/widgets --repo acme/gadgets",
      what: "two repositories, any port",
    },
  ],
  async run({ options, json, io }) {
    const token = simulatorToken(options.tokenFile, io);
    const repositories = options.repo.length === 0 ? ["acme/widgets"] : named(options.repo);
    const { startSimulator } = await import("../../simulator/index.ts");
    let simulator;
    try {
      simulator = await startSimulator({ listen: options.listen, repositories, token: token.value });
    } catch (error) {
      token.cleanUp();
      throw startFailure(error, options.listen);
    }
    const config = readyConfig({ url: simulator.url, repositories, token: token.reference });
    if (json) {
      const reference = token.reference.kind === "env" ? { env: token.reference.name } : { file: token.reference.path };
      io.out(JSON.stringify({ url: simulator.url, repositories, token: reference, config }));
    } else {
      io.out([...heading(simulator.url, repositories, token), config].join("\n"));
      if (io.interactive) io.err(io.colors.dim("\nCtrl-C ends the simulator and forgets everything."));
    }
    await untilSignal(io);
    await simulator.close();
    token.cleanUp();
    return exitCode.ok;
  },
});

/** GitHub tells names apart without regard to case; the first spelling counts. */
function named(repositories: readonly string[]): readonly string[] {
  return [...Map.groupBy(repositories, (name) => name.toLowerCase()).values()].flatMap(([first]) => first ?? []);
}

function heading(
  url: string,
  repositories: readonly string[],
  token: { readonly value: string; readonly made: boolean },
): string[] {
  return [
    `# GitHub in a box at ${url}, serving ${repositories.join(", ")}.`,
    "# This is a ready drover.yaml: save it, then run `drover up` beside it and push a workflow:",
    `#   drover sim push .github/workflows/ci.yml --to ${url}`,
    ...(token.made ? [`# Its access token, for other clients: DROVER_SIM_TOKEN=${token.value}`] : []),
  ];
}

function startFailure(error: unknown, listen: string): unknown {
  if (error instanceof RangeError) return new CliError(error.message, { exitCode: exitCode.usage, cause: error });
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error;
  return new CliError(`${listen} is taken by another program.`, {
    remedy: "Name another port, or let one be chosen: drover sim --listen 127.0.0.1:0",
    cause: error,
  });
}

/** A simulator has nothing to finish, so each signal ends it. */
async function untilSignal(io: Io): Promise<void> {
  await new Promise<void>((resolve) => io.onSignal(() => resolve()));
}
