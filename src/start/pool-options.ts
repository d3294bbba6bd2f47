import type { PoolConfig } from "../config/index.ts";
import type { PoolOptions } from "../engine/pool-options.ts";

/** How long two witnesses must agree before they are believed, in milliseconds. */
const confirmMs = 60_000;

/** What the engine needs to know of a configured pool. */
export function poolOptions(pool: PoolConfig): PoolOptions {
  const { bootMs, jobMs, drainMs } = pool.deadlines;
  return {
    name: pool.name,
    scope: pool.scope,
    labels: pool.labels,
    demandKind: pool.demand.join(", "),
    minIdle: pool.size.minIdle,
    max: pool.size.max,
    idleGraceMs: pool.size.idleGraceMs,
    deadlines: { bootMs, jobMs, confirmMs },
    drainMs,
    onStop: pool.onStop,
    retries: pool.retries,
    placements: pool.placement,
  };
}
