import type { Clock } from "../core/ports/clock.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Provider } from "../core/ports/provider.ts";
import type { Random } from "../core/ports/random.ts";
import type { Transport } from "../core/ports/transport.ts";
import { parseRunnerName } from "../core/runner/name.ts";
import { createForgottenRegistry, createScaleSetPool, poolsWithRegistrations } from "../demand/scale-set/index.ts";
import { Engine } from "../engine/engine.ts";
import { GitHubAccess } from "../github/access.ts";
import type { Scenario } from "./seed/scenario.ts";

export const worldUrl = "http://github.world";
export const worldRepository = "acme/widgets";
export const worldToken = "ghp_world";
export const worldInstallation = "world";
/** Failed attempts that a pool may spend in an hour before it only probes. */
export const failuresPerHour = 20;

/** The unchanged program over the ports of one incarnation: the same composition as production, with other ends. */
export function composeEngine(parts: {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly journal: Journal;
  readonly providers: readonly Provider[];
  readonly ownerName: string;
  /** Pools that the configuration no longer names. */
  readonly retiredPools: ReadonlySet<string>;
}): Engine {
  const { scenario, clock, random, providers, journal } = parts;
  const access = new GitHubAccess({
    githubUrl: worldUrl,
    forceGhes: false,
    credentials: { world: { kind: "token", token: worldToken } },
    transport: parts.transport,
    clock,
    version: "world",
  }).at(worldRepository, "world");
  const configured = scenario.pools.filter(({ name }) => !parts.retiredPools.has(name));
  const poolOf = (runner: string) => parseRunnerName(runner, worldInstallation)?.pool;
  return new Engine({
    installation: worldInstallation,
    clock,
    random,
    journal,
    providers,
    forgottenRegistry: (pool) => createForgottenRegistry([access], (runner) => poolOf(runner) === pool),
    registeredPools: (call) => poolsWithRegistrations([access], poolOf, call),
    pools: configured.map((pool) => ({
      options: {
        name: pool.name,
        scope: worldRepository,
        labels: [pool.name],
        demandKind: "scale-set",
        minIdle: pool.minIdle,
        max: pool.max,
        idleGraceMs: pool.idleGraceMs,
        deadlines: { bootMs: 300_000, jobMs: pool.jobMs, confirmMs: 60_000 },
        drainMs: 900_000,
        onStop: pool.onStop,
        retries: { attempts: 5, perHour: failuresPerHour },
        placements: [{ provider: providers[pool.provider]?.name ?? "", max: pool.max }],
      },
      ports: createScaleSetPool({
        client: access.client,
        wish: { name: pool.name, labels: [pool.name], runnerGroup: "Default" },
        scopeRunners: access.runners,
        isOurs: (runner) => poolOf(runner) === pool.name,
        ownerName: parts.ownerName,
        clock,
      }),
    })),
  });
}
