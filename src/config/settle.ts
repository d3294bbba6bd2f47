import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { z } from "zod";
import type { Config, configSchema, PoolConfig, ProviderConfig, RunnerSoftware } from "./config.ts";
import type { Credential } from "./credential.ts";
import type { PoolInput } from "./pool.ts";
import type { SecretReference } from "./secret-reference.ts";

/** Of `sun_path` in sockaddr_un(7), less its closing zero. */
const longestSocketPath = 107;

type Parsed = z.output<typeof configSchema>;

/** Fills in the defaults that depend on other fields, and makes every path absolute. */
export function settle(parsed: Parsed, folder: string): Config {
  const at = (path: string): string => resolve(folder, path);
  const stateDir = at(parsed.stateDir);
  const under = (name: string): string => resolve(stateDir, name);
  const reference = (found: SecretReference): SecretReference =>
    found.kind === "file" ? { kind: "file", path: at(found.path) } : found;
  const credentials = mapValues(parsed.github.credentials, (entry): Credential =>
    entry.kind === "token"
      ? { ...entry, token: reference(entry.token) }
      : { ...entry, privateKey: reference(entry.privateKey) },
  );
  const defaults = { credential: Object.keys(credentials)[0] ?? "", provider: Object.keys(parsed.providers)[0] ?? "" };
  const { listen, hosts, token, socket } = parsed.server;
  return {
    installation: parsed.installation ?? derivedInstallation(parsed),
    installationGiven: parsed.installation !== undefined,
    stateDir,
    github: { url: parsed.github.url, credentials },
    pools: parsed.pools.map((pool) => settlePool(pool, defaults)),
    providers: mapValues(parsed.providers, ({ workRoot, user, ...rest }): ProviderConfig => ({
      ...rest,
      workRoot: workRoot === undefined ? under("work") : at(workRoot),
      ...(user === undefined ? {} : { user }),
    })),
    runner: settleRunner(parsed.runner, at, under),
    journal: parsed.journal,
    server: {
      ...(listen === undefined ? {} : { listen }),
      hosts,
      token: token === undefined ? { kind: "file", path: under("api-token") } : reference(token),
      socket: socket === undefined ? defaultSocket(stateDir) : at(socket),
    },
  };
}

function settlePool(pool: PoolInput, defaults: { readonly credential: string; readonly provider: string }): PoolConfig {
  const placement = pool.placement ?? [{ provider: defaults.provider }];
  return {
    ...pool,
    credential: pool.credential ?? defaults.credential,
    labels: pool.labels ?? [pool.name],
    placement: placement.map(({ provider, max }) => ({ provider, max: max ?? pool.size.max })),
  };
}

function settleRunner(
  runner: Parsed["runner"],
  at: (path: string) => string,
  under: (name: string) => string,
): RunnerSoftware {
  switch (runner.kind) {
    case "release": {
      const { url, cacheDir, ...rest } = runner;
      const folder = cacheDir === undefined ? under("runner") : at(cacheDir);
      return { ...rest, cacheDir: folder, ...(url === undefined ? {} : { url }) };
    }
    case "dir":
      return { kind: "dir", dir: at(runner.dir) };
    default:
      return runner;
  }
}

/** A socket's path has at most 107 bytes; below a deep folder it moves to the temporary folder, under a name of its own. */
function defaultSocket(stateDir: string): string {
  const path = resolve(stateDir, "drover.sock");
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const name = createHash("sha256").update(stateDir).digest("hex").slice(0, 16);
  return resolve(tmpdir(), `drover-${name}.sock`);
}

/** Two configurations of the same scopes find each other's runners; any other pair does not. */
function derivedInstallation(parsed: Parsed): string {
  const scopes = [...new Set(parsed.pools.map((pool) => pool.scope.toLowerCase()))].sort();
  const sum = createHash("sha256").update([parsed.github.url.toLowerCase(), ...scopes].join("\n"));
  return `drover-${sum.digest("hex").slice(0, 8)}`;
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
