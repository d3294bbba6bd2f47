import type { Violation } from "./rules.ts";
import { runSeed, type SeedReport } from "./seed-report.ts";
import { drawScenario, type Scenario, type Shrinkage } from "./seed/scenario.ts";

/** At most so many smaller worlds are tried. */
const triesMax = 60;

/** Looks for a smaller world of the same seed in which the same rule breaks: fewer faults, fewer jobs. */
export async function shrink(
  seed: number,
  violation: Violation,
): Promise<{ readonly report: SeedReport; readonly scenario: Scenario } | undefined> {
  let best: { report: SeedReport; shrinkage: Shrinkage } | undefined;
  let faults = drawScenario(seed).faults.map((_, index) => index);
  let jobs = drawScenario(seed).jobs.length;
  let tries = 0;
  const stillBreaks = async (shrinkage: Shrinkage): Promise<boolean> => {
    tries += 1;
    const report = await runSeed(seed, shrinkage);
    if (report.violation?.rule !== violation.rule) return false;
    best = { report, shrinkage };
    return true;
  };
  for (const index of [...faults]) {
    const fewer = faults.filter((each) => each !== index);
    if (tries < triesMax && (await stillBreaks({ faults: fewer, jobs }))) faults = fewer;
  }
  while (jobs > 1 && tries < triesMax && (await stillBreaks({ faults, jobs: Math.floor(jobs / 2) }))) {
    jobs = Math.floor(jobs / 2);
  }
  return best === undefined ? undefined : { report: best.report, scenario: drawScenario(seed, best.shrinkage) };
}
