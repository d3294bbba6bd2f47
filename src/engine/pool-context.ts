import type { Limiter } from "./limiter.ts";
import type { Wake } from "./wake.ts";
import type { EngineParts, PoolOptions, PoolPorts } from "./pool-options.ts";
import type { PoolState } from "./pool-state.ts";

/** What one pool's tasks share. */
export interface PoolContext {
  readonly options: PoolOptions;
  readonly ports: PoolPorts;
  readonly parts: EngineParts;
  readonly state: PoolState;
  readonly wake: Wake;
  /** Bounds this pool's calls under way, inside the bound of all pools. */
  readonly limiter: Limiter;
  /** Fires when the engine gives up for good: calls under way end, nothing new begins. */
  readonly signal: AbortSignal;
  /** False while the pool drains or the program stops. */
  isAccepting(): boolean;
  /** Says that the provider's last list is outdated. */
  lookAtInstances(provider: string): void;
  /** Shows a failure as a problem of the pool, until it is settled. */
  fail(code: string, error: unknown): void;
}
