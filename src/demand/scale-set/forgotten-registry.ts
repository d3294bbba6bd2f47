import type { RunnerRegistry } from "../../core/ports/runner-registry.ts";
import type { ScaleSetClient } from "../../scale-set/index.ts";

/**
 * The registrations of a pool that the configuration no longer names. Its scope is forgotten too, so each name is looked for at
 * every scope that is still configured. A name that none of them knows may live at one that is not, so it is not taken for idle.
 */
export function createForgottenRegistry(clients: readonly ScaleSetClient[]): RunnerRegistry {
  return {
    register: () => Promise.reject(new Error("A pool that only drains registers nobody.")),
    async deregister(runner, options) {
      for (const client of clients) {
        const found = await client.getRunnerByName(runner, options);
        if (found !== null) return client.deregisterRunner(found.id, options);
      }
      return "job-running";
    },
    async exists(runner, options) {
      for (const client of clients) if ((await client.getRunnerByName(runner, options)) !== null) return true;
      return false;
    },
    list: () => Promise.resolve({ beganAtMs: 0, registrations: [] }),
  };
}
