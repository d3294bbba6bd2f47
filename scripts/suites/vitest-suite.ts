import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import { crashed, type SuiteResult } from "./suite-result.ts";

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

export interface VitestSuite {
  readonly name: string;
  /** Default: vitest.config.ts. */
  readonly config?: string;
  /** Only tests whose titles match; the others then do not count as skipped. */
  readonly grep?: string;
  readonly timeoutMs: number;
}

/** Runs vitest and counts what it reports, test by test. */
export async function runVitest(suite: VitestSuite): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), "drover-test-"));
  const reportFile = join(folder, "report.json");
  try {
    const end = await runCommand(
      [
        "vitest",
        "run",
        ...(suite.config === undefined ? [] : ["--config", suite.config]),
        ...(suite.grep === undefined ? ["--reporter=dot"] : ["--reporter=default", "--hideSkippedTests"]),
        "--reporter=json",
        `--outputFile.json=${reportFile}`,
        ...(suite.grep === undefined ? [] : ["-t", suite.grep, "--passWithNoTests"]),
      ],
      { show: true, timeoutMs: suite.timeoutMs },
    );
    let found: VitestReport;
    try {
      found = JSON.parse(readFileSync(reportFile, "utf8")) as VitestReport;
    } catch {
      return crashed(suite.name, `ended without results (exit code ${end.exitCode ?? "none"})`, end.seconds);
    }
    return counted(suite, found, end);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function counted(
  suite: VitestSuite,
  { testResults }: VitestReport,
  { exitCode, seconds }: { readonly exitCode: number | null; readonly seconds: number },
): SuiteResult {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failures = tests
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages?.[0])}`);
  // A file that could not even be loaded has no tests of its own to fail.
  for (const file of testResults) {
    if (file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed")) {
      failures.push(`${file.name}: ${firstLine(file.message)}`);
    }
  }
  if (exitCode !== 0 && failures.length === 0) {
    failures.push(`${suite.name}: vitest ended with exit code ${exitCode ?? "none"} though no test failed`);
  }
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  return {
    suite: suite.name,
    passed,
    failed: failures.length,
    skipped: suite.grep === undefined ? skipped.map(({ fullName }) => fullName) : [],
    failures,
    seconds,
  };
}

function firstLine(text: string | undefined): string {
  return (text ?? "").split("\n")[0] ?? "";
}
