import type { RunnerRegistry } from "../core/ports/runner-registry.ts";
import type { PoolOptions, PoolPorts } from "./pool-options.ts";

/**
 * The options of a pool of which only marks at a provider are left: it drains with the default deadlines. Its runners may live at
 * any of `providers`, so all are looked at, and none may start another.
 */
export function forgottenPool(
  name: string,
  registry: RunnerRegistry | undefined,
  providers: readonly string[],
): { readonly options: PoolOptions; readonly ports: PoolPorts } {
  return {
    options: {
      name,
      scope: "",
      labels: [],
      demandKind: "none",
      minIdle: 0,
      max: 0,
      idleGraceMs: 0,
      deadlines: { bootMs: 300_000, jobMs: 21_600_000, confirmMs: 60_000 },
      drainMs: 900_000,
      onStop: "keep",
      retries: { attempts: 5, perHour: 20 },
      placements: providers.map((provider) => ({ provider, max: 0 })),
    },
    ports: { registry: registry ?? unreachableRegistry, source: undefined },
  };
}

/** Without a way to GitHub nobody can say that a runner is idle, so none is taken for idle: only its end or the job deadline is. */
const unreachableRegistry: RunnerRegistry = {
  register: () => Promise.reject(new Error("a pool that drains registers nobody")),
  deregister: () => Promise.resolve("job-running"),
  exists: () => Promise.resolve(true),
  list: () => Promise.resolve({ beganAtMs: 0, registrations: [] }),
};
