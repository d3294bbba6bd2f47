import type { Clock } from "../core/ports/clock.ts";
import type { DemandSource } from "../core/ports/demand-source.ts";
import type { RunnerRegistry } from "../core/ports/runner-registry.ts";
import type { RetryPolicy } from "../core/pool/retry.ts";
import type { Deadlines } from "../core/runner/verdict.ts";
import type { Census } from "./census.ts";
import type { Limiter } from "./limiter.ts";
import type { Recorder } from "./recorder.ts";

/** One pool as the configuration says it; durations in milliseconds. */
export interface PoolOptions {
  readonly name: string;
  readonly scope: string;
  readonly labels: readonly string[];
  readonly demandKind: string;
  readonly minIdle: number;
  readonly max: number;
  readonly idleGraceMs: number;
  readonly deadlines: Deadlines;
  readonly drainMs: number;
  /** What a stop does with busy runners: leave them for the next start, or wait for their jobs until `drainMs`. */
  readonly onStop: "keep" | "drain";
  readonly retries: RetryPolicy;
  /** In order of preference. */
  readonly placements: readonly { readonly provider: string; readonly max: number }[];
}

/** The pool's ends at GitHub. */
export interface PoolPorts {
  readonly registry: RunnerRegistry;
  /** Undefined for a pool that only drains: one that the configuration no longer names. */
  readonly source: DemandSource | undefined;
}

/** What all pools of one engine share. */
export interface EngineParts {
  readonly installation: string;
  readonly incarnation: string;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly censuses: ReadonlyMap<string, Census>;
  /** Bounds the port calls under way over all pools. */
  readonly limiter: Limiter;
  readonly pace: Pace;
}

/** How often the engine looks and how long it waits for an answer, in milliseconds. */
export interface Pace {
  /** The pass that runs even if no event ever comes. */
  readonly resyncMs: number;
  /** Registry lists while runners are about to register. */
  readonly registryBusyMs: number;
  /** Registry lists while nothing moves. */
  readonly registryQuietMs: number;
  /** Deadline of one call to GitHub's registry. */
  readonly registryCallMs: number;
  /** Deadline of one launch or stop. */
  readonly providerCallMs: number;
  /** How long a provider that said it has no room is left alone. */
  readonly fullMs: number;
}

export const defaultPace: Pace = {
  resyncMs: 30_000,
  registryBusyMs: 15_000,
  registryQuietMs: 300_000,
  registryCallMs: 60_000,
  providerCallMs: 120_000,
  fullMs: 30_000,
};
