import { hostname } from "node:os";
import { forSetting } from "./config/index.ts";
import type { Operations, ReadModel } from "./core/ports/read-model.ts";
import { parseRunnerName } from "./core/runner/name.ts";
import { createForgottenRegistry, createScaleSetPool, poolsWithRegistrations } from "./demand/scale-set/index.ts";
import { Engine, type StopReport } from "./engine/engine.ts";
import { createReadModel } from "./engine/read-model.ts";
import { GitHubAccess } from "./github/access.ts";
import { createMemoryJournal } from "./journal/memory/memory-journal.ts";
import { forcesGhes } from "./scale-set/config-url.ts";
import { NodeTransport, proxyFromEnvironment } from "./scale-set/node/transport.ts";
import { admitPools } from "./start/admission.ts";
import { serveApi } from "./start/api.ts";
import { readCredentials } from "./start/credentials.ts";
import { poolOptions } from "./start/pool-options.ts";
import { prepareProviders } from "./start/process-providers.ts";
import type { StartOptions } from "./start/start-options.ts";
import { systemClock } from "./system/system-clock.ts";
import { systemRandom } from "./system/system-random.ts";
import { entryLevel } from "./telemetry/entry-level.ts";
import { createMetrics } from "./telemetry/metrics.ts";

/** Drover at work. */
export interface RunningDrover {
  /** Where the API is served: `http://HOST:PORT`, `unix:PATH`. */
  readonly addresses: readonly string[];
  readonly readModel: ReadModel & Operations;
  /** In order: no new runners, sessions closed, idle runners gone, busy ones as each pool says. */
  stop(): Promise<StopReport>;
  /** At once: what is left is said, and the next start adopts it. */
  stopNow(): Promise<StopReport>;
}

/**
 * The production composition root: this file and start/ know every adapter.
 *
 * @throws {SettingError} what the operator must mend before it can start.
 */
export async function startDrover(options: StartOptions): Promise<RunningDrover> {
  const { config, environment, log } = options;
  const clock = systemClock;
  const journal = createMemoryJournal();
  const github = new GitHubAccess({
    githubUrl: config.github.url,
    forceGhes: forcesGhes(environment),
    credentials: await readCredentials(options),
    transport: new NodeTransport({ proxy: proxyFromEnvironment(environment) }),
    clock,
    version: options.version,
    log: (level, message, facts) => log[level](facts, message),
  });
  const providers = await prepareProviders(options);
  for (const { scope, credential } of config.pools) {
    const path = config.github.credentials[credential]?.kind === "app" ? ["app", "privateKey"] : ["token"];
    await forSetting(["github", "credentials", credential, ...path], () => github.at(scope, credential));
  }
  const { admitted, refused } = await admitPools(options, github);
  const scopes = [...new Set(config.pools.map((pool) => github.at(pool.scope, pool.credential)))];
  const poolOf = (runner: string) => parseRunnerName(runner, config.installation)?.pool;
  const engine = new Engine({
    installation: config.installation,
    clock,
    random: systemRandom,
    journal,
    providers,
    forgottenRegistry: (pool) => createForgottenRegistry(scopes, (runner) => poolOf(runner) === pool),
    registeredPools: (call) => poolsWithRegistrations(scopes, poolOf, call),
    pools: admitted.map((pool) => {
      const access = github.at(pool.scope, pool.credential);
      return {
        options: poolOptions(pool),
        ports: createScaleSetPool({
          client: access.client,
          wish: { name: pool.name, labels: pool.labels, runnerGroup: pool.runnerGroup },
          scopeRunners: access.runners,
          isOurs: (runner) => poolOf(runner) === pool.name,
          ownerName: hostname(),
          clock,
          log: (level, message, facts) => log[level]({ pool: pool.name, ...facts }, message),
        }),
      };
    }),
  });
  const readModel = createReadModel(engine, journal, {
    problems: () => refused,
    budgets: () =>
      github.budgets().map(({ inFlight: _inFlight, heldUntilMs, ...budget }) => ({
        ...budget,
        ...(heldUntilMs === undefined ? {} : { heldUntilMs }),
      })),
  });
  const metrics = createMetrics({ readModel, clock, version: options.version });
  const subscription = readModel.subscribe(({ kind, pool, job, runner, reason }) => {
    log[entryLevel(kind)]({ pool, job, runner, reason }, kind);
  });
  const server = await serveApi(options, readModel, metrics);
  log.info({ installation: config.installation, incarnation: engine.parts.incarnation }, "Drover starts");
  engine.start();

  const end = async (stop: () => Promise<StopReport>): Promise<StopReport> => {
    const report = await stop();
    await server.close();
    subscription.close();
    metrics.close();
    for (const { runner, pool, phase } of report.left) log.warn({ runner, pool, phase }, "runner left behind");
    return report;
  };
  return {
    addresses: server.addresses,
    readModel,
    stop: () => end(() => engine.stop()),
    stopNow: () => end(() => engine.stopNow()),
  };
}
