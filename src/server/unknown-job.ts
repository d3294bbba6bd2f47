import type { PoolView, ReadModel } from "../core/ports/read-model.ts";
import { notFound, type ApiError } from "./api-error.ts";

/** Further pools are only counted. */
const poolsNamed = 10;

/**
 * The answer about a job that Drover never heard of. GitHub names a job only when it hands it to a pool, and hands over no more
 * than the pool can hold, so the pools that are given nothing now are what a queued job may wait for.
 */
export function unknownJob(readModel: ReadModel): ApiError {
  const closed = readModel.pools().flatMap((pool) => {
    const reason = closedBecause(pool);
    return reason === undefined ? [] : [`${pool.name} (${reason})`];
  });
  const named = closed.slice(0, poolsNamed).join(", ");
  const more = closed.length > poolsNamed ? ` and ${closed.length - poolsNamed} more` : "";
  const waits =
    closed.length === 0
      ? "Every pool is open, so a queued job that Drover does not know fits no pool: compare its runs-on with the labels of the pools."
      : `A queued job stays unknown until GitHub hands it to a pool, and these are handed none now: ${named}${more}.`;
  return notFound(
    `No job has this id, this run/name, or this as the only such part of its name. ${waits}`,
    "`drover status` shows the pools, `drover jobs` the jobs that are known.",
  );
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
