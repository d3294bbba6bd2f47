import type { Clock } from "../../core/ports/clock.ts";
import type { DemandSource } from "../../core/ports/demand-source.ts";
import type { RegistryList, RunnerRegistry } from "../../core/ports/runner-registry.ts";
import type { Log, ScaleSetClient } from "../../scale-set/index.ts";
import { PoolScaleSet, type ScaleSetWish } from "./pool-scale-set.ts";
import { createScaleSetRegistry } from "./scale-set-registry.ts";
import { createScaleSetSource } from "./scale-set-source.ts";

export { createForgottenRegistry, poolsWithRegistrations } from "./forgotten-registry.ts";
export type { ScaleSetWish } from "./pool-scale-set.ts";

/** The ends at GitHub of one pool that lives in a scale set: its demand and its registrations. */
export function createScaleSetPool(options: {
  readonly client: ScaleSetClient;
  readonly wish: ScaleSetWish;
  /** The registrations of the whole scope, shared by its pools. */
  readonly scopeRunners: { list(options: { readonly signal: AbortSignal }): Promise<RegistryList> };
  readonly isOurs: (runner: string) => boolean;
  readonly ownerName: string;
  readonly clock: Clock;
  readonly log?: Log;
}): { readonly source: DemandSource; readonly registry: RunnerRegistry } {
  const scaleSet = new PoolScaleSet(options.client, options.wish);
  return {
    source: createScaleSetSource({ ...options, scaleSet }),
    registry: createScaleSetRegistry({ ...options, scaleSet }),
  };
}
