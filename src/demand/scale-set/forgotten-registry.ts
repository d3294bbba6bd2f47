import type { RegistryList, RunnerRegistry } from "../../core/ports/runner-registry.ts";
import type { ScaleSetClient } from "../../scale-set/index.ts";

/** One scope that is still configured. */
export interface KnownScope {
  readonly client: ScaleSetClient;
  readonly runners: { list(options: { readonly signal: AbortSignal }): Promise<RegistryList> };
}

/**
 * The registrations of a pool that the configuration no longer names. Its scope is forgotten too, so each name is looked for at
 * every scope that is still configured. A name that none of them knows may live at one that is not, so it is not taken for idle.
 */
export function createForgottenRegistry(
  scopes: readonly KnownScope[],
  isOurs: (runner: string) => boolean,
): RunnerRegistry {
  return {
    register: () => Promise.reject(new Error("A pool that only drains registers nobody.")),
    async deregister(runner, options) {
      for (const { client } of scopes) {
        const found = await client.getRunnerByName(runner, options);
        if (found !== null) return client.deregisterRunner(found.id, options);
      }
      return "job-running";
    },
    async exists(runner, options) {
      for (const { client } of scopes) if ((await client.getRunnerByName(runner, options)) !== null) return true;
      return false;
    },
    async list(options) {
      const lists = await Promise.all(scopes.map(({ runners }) => runners.list(options)));
      return {
        beganAtMs: Math.min(...lists.map(({ beganAtMs }) => beganAtMs)),
        registrations: lists.flatMap(({ registrations }) => registrations).filter(({ runner }) => isOurs(runner)),
      };
    },
  };
}

/** The pools that registrations at the configured scopes still name, whether they are configured or not. */
export async function poolsWithRegistrations(
  scopes: readonly KnownScope[],
  poolOf: (runner: string) => string | undefined,
  options: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const lists = await Promise.all(scopes.map(({ runners }) => runners.list(options)));
  const pools = lists.flatMap(({ registrations }) => registrations.flatMap(({ runner }) => poolOf(runner) ?? []));
  return [...new Set(pools)];
}
