import type { PoolView, ReadModel } from "../core/ports/read-model.ts";
import { notFound, type ApiError } from "./api-error.ts";

/** Further pools are only counted. */
const poolsNamed = 10;

/**
 * The answer about a job that Drover never heard of. GitHub names a job only when it hands it to a pool, and hands over no more
 * than the pool can hold. So the pools that are given nothing now are what a queued job may wait for, and those that are open are what it
 * does not fit, if it is queued at all.
 */
export function unknownJob(readModel: ReadModel): ApiError {
  const closed: string[] = [];
  const open: string[] = [];
  for (const pool of readModel.pools()) {
    const reason = closedBecause(pool);
    if (reason === undefined) open.push(`${pool.name} (${pool.labels.join(", ")} at ${pool.scope})`);
    else closed.push(`${pool.name} (${reason})`);
  }
  const sentences = [
    "No job has this id, this run/name, or this as the only such part of its name.",
    ...(closed.length === 0
      ? []
      : [
          `A queued job stays unknown until GitHub hands it to a pool, and these are handed none now: ${firstOf(closed)}.`,
        ]),
    ...(open.length === 0
      ? []
      : [
          `${closed.length === 0 ? "Every pool is" : "The others are"} open, so a job that Drover does not know is not queued yet ` +
            "(GitHub still holds it for its needs, its concurrency group or an approval), or it fits none of them: " +
            `compare its runs-on and repository with ${firstOf(open)}.`,
        ]),
  ];
  return notFound(sentences.join(" "), "`drover status` shows the pools, `drover jobs` the jobs that are known.");
}

function firstOf(pools: readonly string[]): string {
  const more = pools.length > poolsNamed ? ` and ${pools.length - poolsNamed} more` : "";
  return pools.slice(0, poolsNamed).join(", ") + more;
}

/** Why GitHub hands the pool no further job now; undefined when it may. */
function closedBecause(pool: PoolView): string | undefined {
  if (pool.size.max === 0) return "max is 0";
  if (pool.state !== "active") return pool.state;
  if (pool.source.state === "retrying") return "no session with GitHub";
  if (pool.source.state === "connecting") return "connecting to GitHub";
  if (pool.hold !== undefined) return "its launches wait";
  if (pool.demand.counted >= pool.capacity) return `full: ${pool.demand.counted} of ${pool.capacity} jobs`;
  return undefined;
}
