import { defineCommand } from "../frame/command.ts";

export const command = defineCommand({
  name: "sim-runner",
  summary: "be one minimal runner, for the simulator's jobs",
  description:
    "Takes one job with a just-in-time configuration and runs its steps, as GitHub's runner does, then ends. Drover starts it where the configuration says runner: { minimal: true }. The configuration is a secret: it comes in the environment variable ACTIONS_RUNNER_INPUT_JITCONFIG or through a file descriptor, never in an argument. Exit codes are the official runner's: 0 done (also after a failed job), 1 the registration is no good, 2 try again, 5 another session holds, 7 version refused, 143 terminated.",
  group: "Simulator",
  options: {
    jitconfigFd: {
      flags: "--jitconfig-fd <number>",
      summary: "read the just-in-time configuration from this file descriptor",
      kind: "count",
    },
    work: { flags: "--work <folder>", summary: "the runner's root folder; default: this folder", kind: "text" },
  },
  examples: [{ line: "drover sim-runner --jitconfig-fd 3 3< jitconfig", what: "from a file" }],
  async run({ options, io }) {
    // The runner hears the signals itself: it has a job to end first.
    io.onSignal(() => undefined);
    const { runMinimalRunnerProcess } = await import("../../simulator/runner/process-entry.ts");
    return await runMinimalRunnerProcess({
      ...(options.jitconfigFd === undefined ? {} : { jitConfigFd: options.jitconfigFd }),
      ...(options.work === undefined ? {} : { workDirectory: options.work }),
    });
  },
});
