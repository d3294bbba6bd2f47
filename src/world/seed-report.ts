import { drawScenario, type Shrinkage } from "./seed/scenario.ts";
import { World, type WorldOutcome } from "./world.ts";
import type { Violation } from "./rules.ts";

/** What one seed came to, small enough to travel between threads. */
export interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly pools: number;
  readonly jobs: number;
  readonly faultKinds: readonly string[];
  readonly incarnations: number;
  readonly sometimes: readonly (readonly [name: string, count: number])[];
  readonly crashSites: readonly string[];
}

export async function runSeed(seed: number, shrinkage?: Shrinkage): Promise<SeedReport> {
  return reportOf(await new World(drawScenario(seed, shrinkage), { keepLines: false, fence: true }).run());
}

export function reportOf(outcome: WorldOutcome): SeedReport {
  const { scenario } = outcome;
  return {
    seed: scenario.seed,
    violation: outcome.violation,
    hash: outcome.hash,
    events: outcome.events,
    virtualMs: outcome.virtualMs,
    pools: scenario.pools.length,
    jobs: scenario.jobs.length,
    faultKinds: scenario.faults.map(({ kind }) => kind),
    incarnations: outcome.incarnations,
    sometimes: [...outcome.sometimes],
    crashSites: [...outcome.crashSites],
  };
}
