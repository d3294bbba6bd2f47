/** What every command's exit code means; part of the documented interface. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notFound: 4,
  denied: 5,
  interrupted: 130,
} as const;
export type ExitCode = number;

/** One line each for the help texts and the reference page. */
export const exitCodeMeanings: Readonly<Record<number, string>> = {
  [exitCode.ok]: "done",
  [exitCode.failed]: "it was tried and failed; the message says what to do",
  [exitCode.usage]: "the command line or drover.yaml is wrong; nothing was done",
  [exitCode.unreachable]: "the running Drover (or the simulator) cannot be reached",
  [exitCode.notFound]: "no such job, runner, pool or run",
  [exitCode.denied]: "the running Drover refused the token",
  [exitCode.interrupted]: "interrupted with Ctrl-C",
};
