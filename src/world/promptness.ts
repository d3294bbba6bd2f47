import type { Engine } from "../engine/engine.ts";
import type { GitHubModel } from "../simulator/github/model/github-model.ts";
import type { ScaleSet } from "../simulator/github/model/records.ts";

const minuteMs = 60_000;
/** A message takes milliseconds to become a launch. The resync, which would mend a lost wake-up, comes after 30 s. */
export const launchBoundMs = 20_000;
/** Holds, back-offs and confirmations of past trouble are over by then. */
const aftermathMs = 20 * minuteMs;

/** How many instances truly live, and how many of them work. */
interface Places {
  readonly live: number;
  readonly working: number;
}

/** In deep calm nothing waits for a later look and nothing fails: what only redundancy repairs shows here. */
export class Promptness {
  readonly #model: GitHubModel;
  readonly #placesIn: (pool: string) => Places;

  constructor(model: GitHubModel, placesIn: (pool: string) => Places) {
    this.#model = model;
    this.#placesIn = placesIn;
  }

  /** A pool that has fewer free instances than jobs which GitHub assigned a while ago, with room for more. */
  lacking(engine: Engine, nowMs: number, calmSinceMs: number | undefined): string | undefined {
    if (calmSinceMs === undefined || nowMs - calmSinceMs < aftermathMs) return undefined;
    for (const scaleSet of this.#model.scaleSets.all()) {
      const pool = engine.pools.get(scaleSet.name);
      if (pool?.isAccepting() !== true) continue;
      const waiting = assignedBefore(scaleSet, nowMs - launchBoundMs);
      const { live, working } = this.#placesIn(scaleSet.name);
      if (live < pool.options.max && live - working < waiting) {
        return `${scaleSet.name} has ${waiting} jobs waiting for longer than ${launchBoundMs / 1_000} s, ${live} instances and ${working} of them at work`;
      }
    }
    return undefined;
  }

  /** A launch that failed although nothing is wrong. */
  needlessFailure(engine: Engine, nowMs: number, calmSinceMs: number | undefined): string | undefined {
    if (calmSinceMs === undefined || nowMs - calmSinceMs < aftermathMs) return undefined;
    for (const { options, state } of engine.pools.values()) {
      if (state.retry.lastFailureAtMs > calmSinceMs + aftermathMs) {
        return `${options.name} counts a failed attempt: ${state.retry.lastReason ?? "without a reason"}`;
      }
    }
    return undefined;
  }
}

function assignedBefore(scaleSet: ScaleSet, atMs: number): number {
  let count = 0;
  for (const { phase } of scaleSet.assigned.values()) {
    if (phase.kind === "assigned" && phase.assignedAtMs <= atMs) count += 1;
  }
  return count;
}
