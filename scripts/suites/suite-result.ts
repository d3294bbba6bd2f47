/** What one suite of tests came to. */
export interface SuiteResult {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  /** Titles of the tests that did not run. */
  readonly skipped: readonly string[];
  /** What failed, one line each. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** A suite that ended without telling its results counts as one failure. */
export function crashed(suite: string, why: string, seconds: number): SuiteResult {
  return { suite, passed: 0, failed: 1, skipped: [], failures: [`${suite}: ${why}`], seconds };
}

export interface AllowedSkip {
  readonly title: string;
  readonly reason: string;
}

/**
 * A table of suites, what failed, what was skipped and, as the last line, the sum `N passed, N failed, N skipped`.
 *
 * @param allowedSkips in continuous integration: every other skip is a failure. Undefined: skips are only shown.
 */
export function summary(
  results: readonly SuiteResult[],
  allowedSkips: readonly AllowedSkip[] | undefined,
): { readonly text: string; readonly exitCode: number } {
  const lines = ["", "suite                    passed  failed  skipped    time"];
  for (const { suite, passed, failed, skipped, seconds } of results) {
    const numbers = [String(passed).padStart(6), String(failed).padStart(6), String(skipped.length).padStart(7)];
    lines.push(`${suite.padEnd(24)} ${numbers.join("  ")}  ${seconds.toFixed(1).padStart(6)}s`);
  }
  const skipped = results.flatMap((result) => result.skipped);
  const forbidden = allowedSkips === undefined ? [] : skipped.filter((title) => !allows(allowedSkips, title));
  lines.push(...results.flatMap(({ failures }) => failures.map((failure) => `FAILED  ${failure}`)));
  lines.push(...skipped.map((title) => `skipped ${title}`));
  lines.push(...forbidden.map((title) => `FAILED  skipped, and not in test/allowed-skips.json: ${title}`));
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0) + forbidden.length;
  lines.push(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return { text: `${lines.join("\n")}\n`, exitCode: failed === 0 && passed > 0 ? 0 : 1 };
}

function allows(allowed: readonly AllowedSkip[], title: string): boolean {
  return allowed.some((entry) => entry.title === title && entry.reason !== "");
}
