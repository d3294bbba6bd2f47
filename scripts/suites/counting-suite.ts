import { runCommand } from "./run-command.ts";
import { crashed, type SuiteResult } from "./suite-result.ts";

export interface CountingSuite {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

const countLine = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;

/** Runs a program whose last line of output is `N passed, N failed, N skipped`. Anything else is a failure. */
export async function runCounting(suite: CountingSuite): Promise<SuiteResult> {
  const { exitCode, output, seconds } = await runCommand(suite.command, { show: true, timeoutMs: suite.timeoutMs });
  const [, passed, failed, skipped] = countLine.exec(output.trimEnd().split("\n").at(-1) ?? "") ?? [];
  if (passed === undefined) {
    return crashed(suite.name, `ended without results (exit code ${exitCode ?? "none"})`, seconds);
  }
  const failures = Number(failed) > 0 ? [`${suite.name}: ${failed} failed; its output says which`] : [];
  if (exitCode !== 0 && failures.length === 0) failures.push(`${suite.name}: exit code ${exitCode ?? "none"}`);
  return {
    suite: suite.name,
    passed: Number(passed),
    failed: Math.max(Number(failed), failures.length),
    skipped: Array.from({ length: Number(skipped) }, (_, index) => `${suite.name} #${index + 1}`),
    failures,
    seconds,
  };
}
