import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runCommand } from "../scripts/suites/run-command.ts";
import { runCounting } from "../scripts/suites/counting-suite.ts";
import { summary, type SuiteResult } from "../scripts/suites/suite-result.ts";

const suite = (result: Partial<SuiteResult>): SuiteResult => ({
  suite: "unit",
  passed: 1,
  failed: 0,
  skipped: [],
  failures: [],
  seconds: 1,
  ...result,
});
const lastLine = (text: string): string | undefined => text.trimEnd().split("\n").at(-1);

describe("the sum of all suites", () => {
  test("is the last line", () => {
    const { text, exitCode } = summary([suite({ passed: 3 }), suite({ passed: 4, skipped: ["a"] })], undefined);

    expect(lastLine(text)).toBe("7 passed, 0 failed, 1 skipped");
    expect(exitCode).toBe(0);
  });

  test("fails with one failure, and names it", () => {
    const { text, exitCode } = summary([suite({}), suite({ failed: 1, failures: ["a rule: broken"] })], undefined);

    expect(exitCode).toBe(1);
    expect(text).toContain("FAILED  a rule: broken");
  });

  test("fails in continuous integration with a skip that is not allowed with a reason", () => {
    const results = [suite({ skipped: ["needs Go"] })];

    expect(summary(results, [{ title: "needs Go", reason: "no Go for this processor" }]).exitCode).toBe(0);
    expect(summary(results, [{ title: "needs Go", reason: "" }]).exitCode).toBe(1);
    const { text, exitCode } = summary(results, []);
    expect([lastLine(text), exitCode]).toEqual(["1 passed, 1 failed, 1 skipped", 1]);
  });

  test("fails when nothing ran", () => {
    expect(summary([suite({ passed: 0 })], undefined).exitCode).toBe(1);
  });
});

describe("a suite that counts itself", () => {
  const run = (script: string): Promise<SuiteResult> =>
    runCounting({ name: "world", command: ["node", "-e", script], timeoutMs: 20_000 });

  test("says so in its last line", async () => {
    const result = await run("console.log('noise'); console.log('5 passed, 0 failed, 0 skipped')");

    expect([result.passed, result.failed]).toEqual([5, 0]);
  });

  test.each([
    ["ends without results", "console.log('all good')"],
    ["dies", "process.kill(process.pid, 'SIGKILL')"],
    ["dies after its results", "console.log('5 passed, 0 failed, 0 skipped'); process.exitCode = 1"],
    ["counts a failure", "console.log('5 passed, 1 failed, 0 skipped')"],
  ])("fails when it %s", async (_what, script) => {
    expect((await run(script)).failed).toBe(1);
  });
});

test("a command that never ends is killed with all it started", async () => {
  const { exitCode, output } = await runCommand(["bash", "-c", "sleep 600 & echo $!; wait"], {
    show: false,
    timeoutMs: 500,
  });

  const pid = Number(/^\d+/.exec(output)?.[0]);
  expect(exitCode).toBeNull();
  expect(output).toContain("without an end");
  await expect.poll(() => isAlive(pid)).toBe(false);
});

/** A zombie that nobody has waited for yet is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
