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
      const known = await findAtAny(scopes, runner, options);
      return known === undefined ? "job-running" : known.client.deregisterRunner(known.id, options);
    },
    async exists(runner, options) {
      return (await findAtAny(scopes, runner, options)) !== undefined;
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

/** Where a runner is registered. A scope that cannot be asked is passed over as long as another one knows the name. */
async function findAtAny(
  scopes: readonly KnownScope[],
  runner: string,
  options: { readonly signal: AbortSignal },
): Promise<{ readonly client: ScaleSetClient; readonly id: number } | undefined> {
  const failures: unknown[] = [];
  for (const { client } of scopes) {
    try {
      const found = await client.getRunnerByName(runner, options);
      if (found !== null) return { client, id: found.id };
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

/**
 * The pools that registrations at the configured scopes still name, whether they are configured or not. A scope that gives no list adds
 * nothing: its own pools show that trouble.
 */
export async function poolsWithRegistrations(
  scopes: readonly KnownScope[],
  poolOf: (runner: string) => string | undefined,
  options: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const lists = await Promise.allSettled(scopes.map(({ runners }) => runners.list(options)));
  const pools = lists
    .flatMap((list) => (list.status === "fulfilled" ? list.value.registrations : []))
    .flatMap(({ runner }) => poolOf(runner) ?? []);
  return [...new Set(pools)];
}
