import type { PoolConfig } from "../config/index.ts";
import type { Problem } from "../core/ports/read-model.ts";
import type { GitHubAccess } from "../github/access.ts";
import { checkScope } from "../providers/process/index.ts";
import { systemClock } from "../system/system-clock.ts";
import type { StartOptions } from "./start-options.ts";

/** How long the start waits for GitHub to say who can see a repository, in milliseconds. */
const visibilityCheckMs = 10_000;

/** The pools that may run here: a process isolates nothing, so strangers' pull requests are refused unless forced. */
export async function admitPools(
  { config, log }: StartOptions,
  github: GitHubAccess,
): Promise<{ readonly admitted: readonly PoolConfig[]; readonly refused: readonly Problem[] }> {
  const refused: Problem[] = [];
  const verdicts = config.pools.map(async (pool) => {
    const access = github.at(pool.scope, pool.credential);
    const visibility = await access.visibility({
      signal: systemClock.deadline(new AbortController().signal, visibilityCheckMs),
    });
    const force = pool.placement.every(({ provider }) => config.providers[provider]?.allowPublicRepositories === true);
    const verdict = checkScope({ scope: pool.scope, visibility, force });
    if (verdict.kind === "accepted") return [pool];
    if (verdict.kind === "warned")
      log.warn({ pool: pool.name, advice: verdict.message }, "pool runs without isolation");
    else {
      log.error({ pool: pool.name, advice: verdict.message }, "pool refused");
      const sinceMs = systemClock.nowMs();
      refused.push({ pool: pool.name, code: "pool-refused", message: verdict.message, sinceMs });
    }
    return verdict.kind === "warned" ? [pool] : [];
  });
  return { admitted: (await Promise.all(verdicts)).flat(), refused };
}
