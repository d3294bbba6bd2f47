import type { Command } from "./frame/command.ts";

type Load = () => Promise<{ readonly command: Command }>;

/** Every command and the file that holds it. Files are loaded only when they are needed. */
const files: Readonly<Record<string, Load>> = {
  demo: () => import("./demo/command.ts"),
  up: () => import("./commands/up.ts"),
  init: () => import("./commands/init.ts"),
  status: () => import("./commands/status.ts"),
  why: () => import("./commands/why.ts"),
  jobs: () => import("./commands/jobs.ts"),
  runners: () => import("./commands/runners.ts"),
  logs: () => import("./commands/logs.ts"),
  drain: () => import("./commands/drain.ts"),
  "config check": () => import("./commands/config-check.ts"),
  "config show": () => import("./commands/config-show.ts"),
  "config schema": () => import("./commands/config-schema.ts"),
  sim: () => import("./commands/sim.ts"),
  "sim push": () => import("./commands/sim-push.ts"),
  "sim status": () => import("./commands/sim-status.ts"),
  "sim log": () => import("./commands/sim-log.ts"),
  "sim cancel": () => import("./commands/sim-cancel.ts"),
  "sim rerun": () => import("./commands/sim-rerun.ts"),
  "sim fault": () => import("./commands/sim-fault.ts"),
  "sim-runner": () => import("./commands/sim-runner.ts"),
  completion: () => import("./commands/completion.ts"),
  version: () => import("./commands/version.ts"),
};

/** What a command line needs: the named command alone, or all of them for help and for words that are no command. */
export async function commandsFor(argv: readonly string[]): Promise<readonly Command[]> {
  const [first = "", second = ""] = argv;
  const name = Object.hasOwn(files, `${first} ${second}`) ? `${first} ${second}` : first;
  const load = Object.hasOwn(files, name) ? files[name] : undefined;
  // A parent such as `sim` needs its children too, for help and for words that nearly match one.
  const hasChildren = Object.keys(files).some((other) => other.startsWith(`${name} `));
  // Completion describes every command.
  const isAboutAll = load === undefined || hasChildren || name === "completion";
  return isAboutAll ? await allCommands() : [(await load()).command];
}

/** All commands in the order in which help shows them. */
export async function allCommands(): Promise<readonly Command[]> {
  return await Promise.all(Object.values(files).map(async (load) => (await load()).command));
}
