import { spawnSync } from "node:child_process";
import { runCounting } from "./counting-suite.ts";
import type { SuiteResult } from "./suite-result.ts";
import { runVitest } from "./vitest-suite.ts";

const minuteMs = 60_000;

/** What `npm test` runs: unit and conformance tests, programs nobody here wrote, and a few seeds of the world. */
export async function everydaySuites(options: {
  readonly grep?: string;
  readonly worldSeeds: number;
}): Promise<SuiteResult[]> {
  const filter = options.grep === undefined ? {} : { grep: options.grep };
  const results = [await runVitest({ name: "unit", timeoutMs: 15 * minuteMs, ...filter })];
  if (!hasGo()) process.stdout.write("\n*** No Go on this machine: the foreign-client tests are not run. ***\n\n");
  results.push(
    await runVitest({
      name: "foreign clients",
      config: "test/foreign/vitest.config.ts",
      timeoutMs: 15 * minuteMs,
      ...filter,
    }),
  );
  // A name picks tests; the world has seeds.
  if (options.grep === undefined) results.push(await worldSeeds(options.worldSeeds));
  return results;
}

export async function worldSeeds(seeds: number): Promise<SuiteResult> {
  return await runCounting({
    name: `world, ${seeds} seeds`,
    command: ["npm", "run", "--silent", "world", "--", "--seeds", String(seeds)],
    timeoutMs: 15 * minuteMs,
  });
}

function hasGo(): boolean {
  return spawnSync("go", ["version"], { timeout: 30_000 }).status === 0;
}
