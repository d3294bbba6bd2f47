import { hostname } from "node:os";
import { join } from "node:path";
import {
  forSetting,
  resolveSecret,
  SettingError,
  type Config,
  type PoolConfig,
  type SecretReference,
} from "./config/index.ts";
import type { Provider } from "./core/ports/provider.ts";
import type { Operations, Problem, ReadModel } from "./core/ports/read-model.ts";
import { parseRunnerName } from "./core/runner/name.ts";
import { createForgottenRegistry, createScaleSetPool, poolsWithRegistrations } from "./demand/scale-set/index.ts";
import { Engine, type StopReport } from "./engine/engine.ts";
import type { PoolOptions } from "./engine/pool-options.ts";
import { createReadModel } from "./engine/read-model.ts";
import { GitHubAccess, type UsableCredential } from "./github/access.ts";
import { createMemoryJournal } from "./journal/memory/memory-journal.ts";
import {
  checkScope,
  createProcessProvider,
  ProcessSetupError,
  type ProcessProvider,
} from "./providers/process/index.ts";
import { forcesGhes } from "./scale-set/config-url.ts";
import { NodeTransport, proxyFromEnvironment } from "./scale-set/node/transport.ts";
import { ListenError, SocketInUseError, startServer, TokenFileError, type RunningServer } from "./server/index.ts";
import { systemClock } from "./system/system-clock.ts";
import { systemRandom } from "./system/system-random.ts";
import { entryLevel } from "./telemetry/entry-level.ts";
import type { Logger } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { redact } from "./telemetry/redact.ts";

/** How long two witnesses must agree before they are believed. */
const confirmMs = 60_000;
/** How long the start waits for GitHub to say who can see a repository. */
const visibilityCheckMs = 10_000;

export interface StartOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
  /** The command that starts this program, for the minimal runner: node and its script. */
  readonly ownCommand: readonly string[];
}

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
 * The production composition root: the one file that knows every adapter.
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
    credentials: await secretsOf(options),
    transport: new NodeTransport({ proxy: proxyFromEnvironment(environment) }),
    clock,
    version: options.version,
    log: (level, message, facts) => log[level](facts, message),
  });
  const providers = new Map<string, ProcessProvider>();
  for (const [name, provider] of Object.entries(config.providers)) {
    const isUsed = config.pools.some((pool) => pool.placement.some((placement) => placement.provider === name));
    try {
      providers.set(name, await prepareProvider(name, provider, options));
    } catch (error) {
      // One that no pool uses any more may still hold runners of a pool that was removed, but stops nobody.
      if (isUsed) throw providerFailure(name, config, error);
      log.warn({ provider: name, err: error }, "unused provider cannot be used");
    }
  }
  for (const { scope, credential } of config.pools) {
    const path = config.github.credentials[credential]?.kind === "app" ? ["app", "privateKey"] : ["token"];
    await forSetting(["github", "credentials", credential, ...path], () => github.at(scope, credential));
  }
  const { admitted, refused } = await admittedPools(options, github);
  const scopes = [...new Set(config.pools.map((pool) => github.at(pool.scope, pool.credential)))];
  const poolOf = (runner: string) => parseRunnerName(runner, config.installation)?.pool;
  const engine = new Engine({
    installation: config.installation,
    clock,
    random: systemRandom,
    journal,
    providers: [...providers.values()] satisfies Provider[],
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
  const server = await serve(options, readModel, metrics);
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

async function secretsOf({ config, environment, log }: StartOptions): Promise<Record<string, UsableCredential>> {
  const read = async (path: readonly string[], reference: SecretReference) => {
    const { value, advice } = await forSetting(path, () => resolveSecret(reference, environment));
    if (advice !== undefined) log.warn({ advice }, "secret is readable by others");
    // A file may be replaced while Drover runs; its environment stays what it was.
    const reread = async () => (await resolveSecret(reference, environment)).value;
    return { value, again: reference.kind === "file" ? { reread } : {} };
  };
  const entries = Object.entries(config.github.credentials).map(async ([name, credential]) => {
    const path = ["github", "credentials", name];
    if (credential.kind === "token") {
      const { value, again } = await read([...path, "token"], credential.token);
      return [name, { kind: "token", token: value, ...again }] as const;
    }
    const { clientId, installationId } = credential;
    const { value, again } = await read([...path, "app", "privateKey"], credential.privateKey);
    const where = installationId === undefined ? {} : { installationId };
    return [name, { kind: "app", clientId, privateKey: value, ...where, ...again }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function prepareProvider(
  name: string,
  provider: Config["providers"][string],
  options: StartOptions,
): Promise<ProcessProvider> {
  const { config, environment, log, ownCommand } = options;
  const { runner } = config;
  const process = createProcessProvider({
    name,
    workRoot: provider.workRoot,
    limits: provider.limits,
    ...(provider.user === undefined ? {} : { user: provider.user }),
    runner:
      runner.kind === "minimal"
        ? { kind: "minimal", command: [...ownCommand, "sim-runner"] }
        : runner.kind === "release"
          ? { ...runner, kind: "archive" }
          : runner,
    clock: systemClock,
    inherit: environment,
    secrets: secretFiles(config),
    log: ({ level, message, runner: about, error }) =>
      log[level]({ provider: name, runner: about, err: error }, message),
  });
  for (const note of await process.prepare({ signal: new AbortController().signal })) {
    log.warn({ provider: name, code: note.code, advice: note.message }, "provider needs attention");
  }
  return process;
}

function providerFailure(name: string, config: Config, error: unknown): unknown {
  if (!(error instanceof ProcessSetupError)) return error;
  const { setting } = error;
  if (setting === "runner") return new SettingError([setting], error);
  const byDefault = setting === "workRoot" && config.providers[name]?.workRoot === join(config.stateDir, "work");
  return new SettingError(byDefault ? ["stateDir"] : ["providers", name, ...setting.split(".")], error);
}

function serverFailure({ stateDir, server: { token, socket } }: Config, error: unknown): unknown {
  if (error instanceof TokenFileError || error instanceof SocketInUseError)
    return new SettingError(["server", error.setting], error);
  if (!(error instanceof ListenError)) return error;
  const { setting } = error;
  const place = setting === "socket" ? socket : setting === "token" && token.kind === "file" ? token.path : undefined;
  const byDefault = place !== undefined && ["drover.sock", "api-token"].some((name) => place === join(stateDir, name));
  return new SettingError(byDefault ? ["stateDir"] : ["server", setting], error);
}

function secretFiles(config: Config): readonly string[] {
  const references = Object.values(config.github.credentials).map((credential) =>
    credential.kind === "token" ? credential.token : credential.privateKey,
  );
  return [...references, config.server.token].flatMap((reference) =>
    reference.kind === "file" ? [reference.path] : [],
  );
}

/** The pools that may run here: a process isolates nothing, so strangers' pull requests are refused unless forced. */
async function admittedPools(
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

function poolOptions(pool: PoolConfig): PoolOptions {
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

async function serve(
  { config, environment, log }: StartOptions,
  readModel: ReadModel & Operations,
  metrics: ReturnType<typeof createMetrics>,
): Promise<RunningServer> {
  const { listen, socket, hosts, token } = config.server;
  const tokenOption =
    token.kind === "file"
      ? { tokenFile: token.path }
      : { token: (await forSetting(["server", "token"], () => resolveSecret(token, environment))).value };
  try {
    return await startServer({
      ...(listen === undefined ? {} : { listen }),
      socket,
      ...tokenOption,
      hosts,
      readModel,
      operations: readModel,
      metrics,
      clock: systemClock,
      log,
      redact,
    });
  } catch (error) {
    throw serverFailure(config, error);
  }
}
