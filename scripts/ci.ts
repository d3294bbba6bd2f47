import { readFileSync } from "node:fs";
import { runCounting } from "./suites/counting-suite.ts";
import { everydaySuites, worldSeeds } from "./suites/everyday-suites.ts";
import { runCommand } from "./suites/run-command.ts";
import { crashed, summary, type AllowedSkip, type SuiteResult } from "./suites/suite-result.ts";
import { runVitest } from "./suites/vitest-suite.ts";

// Everything a change must pass. Started by .ci/run; CI=true makes a missing part a failure instead of an announcement.
const minuteMs = 60_000;
const root = new URL("..", import.meta.url);
const allowed = JSON.parse(readFileSync(new URL("test/allowed-skips.json", root), "utf8")) as AllowedSkip[];

const results: SuiteResult[] = [await check()];
results.push(...(await everydaySuites({ worldSeeds: 50 })));
results.push(await runVitest({ name: "end to end", config: "test/e2e/vitest.config.ts", timeoutMs: 15 * minuteMs }));
results.push(await worldSeeds(500));
results.push(await counting("world audit", ["npm", "run", "--silent", "world:audit"]));
results.push(await counting("bench, short", ["npm", "run", "--silent", "bench", "--", "--smoke"]));
const { text, exitCode } = summary(results, allowed);
process.stdout.write(text);
process.exitCode = exitCode;

async function check(): Promise<SuiteResult> {
  const { exitCode, seconds } = await runCommand(["node", "scripts/check.ts"], {
    show: true,
    timeoutMs: 10 * minuteMs,
  });
  return exitCode === 0
    ? { suite: "check", passed: 1, failed: 0, skipped: [], failures: [], seconds }
    : crashed("check", "npm run check fails; its output says what", seconds);
}

async function counting(name: string, command: readonly [string, ...string[]]): Promise<SuiteResult> {
  return await runCounting({ name, command, timeoutMs: 15 * minuteMs });
}
