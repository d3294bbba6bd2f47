import type { Clock } from "../core/ports/clock.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Provider } from "../core/ports/provider.ts";
import type { Random } from "../core/ports/random.ts";
import type { Transport } from "../core/ports/transport.ts";
import { parseRunnerName } from "../core/runner/name.ts";
import { createScaleSetPool, ScopeRunners } from "../demand/scale-set/index.ts";
import { Engine } from "../engine/engine.ts";
import { Budget } from "../github/budget.ts";
import { CachedTokenSource } from "../github/cached-token.ts";
import { RestClient } from "../github/rest-client.ts";
import { listRunners } from "../github/runners.ts";
import { resolveScope } from "../github/scope.ts";
import { PatTokenSource } from "../scale-set/pat-token.ts";
import { ScaleSetClient } from "../scale-set/scale-set-client.ts";
import type { Scenario } from "./seed/scenario.ts";

export const worldUrl = "http://github.world";
export const worldRepository = "acme/widgets";
export const worldToken = "ghp_world";
export const worldInstallation = "world";
export const jobDeadlineMs = 21_600_000;

/** The unchanged program over the ports of one incarnation: the same composition as production, with other ends. */
export function composeEngine(parts: {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly journal: Journal;
  readonly providers: readonly Provider[];
  readonly ownerName: string;
}): Engine {
  const { scenario, clock, random, providers, journal } = parts;
  const scope = resolveScope(worldUrl, worldRepository, {});
  const tokenSource = new CachedTokenSource(new PatTokenSource(worldToken), clock);
  const transport = new Budget(parts.transport, { clock, restBase: scope.restBase });
  const identity = { system: "drover", version: "world", commitSha: "", scaleSetId: 0, subsystem: "controller" };
  const client = new ScaleSetClient({ configUrl: scope.configUrl, tokenSource, transport, clock, identity });
  const rest = new RestClient({ restBase: scope.restBase, tokenSource, transport, clock, userAgent: client.userAgent });
  const scopeRunners = new ScopeRunners(async (options) => {
    const listed = await listRunners(rest, scope, options);
    return listed.map(({ id, name, online, busy }) => ({ id, runner: name, online, busy }));
  }, clock);
  return new Engine({
    installation: worldInstallation,
    clock,
    random,
    journal,
    providers,
    pools: scenario.pools.map((pool) => ({
      options: {
        name: pool.name,
        scope: worldRepository,
        labels: [pool.name],
        demandKind: "scale-set",
        minIdle: pool.minIdle,
        max: pool.max,
        idleGraceMs: pool.idleGraceMs,
        deadlines: { bootMs: 300_000, jobMs: jobDeadlineMs, confirmMs: 60_000 },
        drainMs: 900_000,
        retries: { attempts: 5, perHour: 20 },
        placements: [{ provider: providers[pool.provider]?.name ?? "", max: pool.max }],
      },
      ports: createScaleSetPool({
        client,
        wish: { name: pool.name, labels: [pool.name], runnerGroup: "Default" },
        scopeRunners,
        isOurs: (runner) => parseRunnerName(runner, worldInstallation)?.pool === pool.name,
        ownerName: parts.ownerName,
        clock,
      }),
    })),
  });
}
