import { RunnerNameTakenError } from "../../core/ports/errors.ts";
import type { RegistryList, RunnerRegistry } from "../../core/ports/runner-registry.ts";
import { isServiceError, type ScaleSetClient } from "../../scale-set/index.ts";
import type { PoolScaleSet } from "./pool-scale-set.ts";

interface CallOptions {
  readonly signal: AbortSignal;
}

export interface ScaleSetRegistryOptions {
  readonly client: ScaleSetClient;
  readonly scaleSet: PoolScaleSet;
  /** Every registration of the scope, complete or a rejection; shared by the pools of the scope. */
  readonly scopeRunners: { list(options: CallOptions): Promise<RegistryList> };
  /** Whether a name was given by this pool of this installation, in any incarnation. */
  readonly isOurs: (runner: string) => boolean;
}

/** The registrations of a scale set's runners. One is a pool's own when its name says so and it belongs to the scale set. */
export function createScaleSetRegistry(options: ScaleSetRegistryOptions): RunnerRegistry {
  const { client, scaleSet, scopeRunners, isOurs } = options;
  const ids = new Map<string, number>();

  async function idOf(runner: string, call: CallOptions): Promise<number | undefined> {
    const known = ids.get(runner);
    if (known !== undefined) return known;
    const found = await client.getRunnerByName(runner, call);
    return found === null ? undefined : found.id;
  }

  return {
    async register(runner, call) {
      const scaleSetId = await scaleSet.id(call);
      try {
        const jit = await client.generateJitConfig(scaleSetId, { name: runner }, call);
        ids.set(runner, jit.runner.id);
        return { id: jit.runner.id, credential: { kind: "jit-config", encodedJitConfig: jit.encodedJitConfig } };
      } catch (error) {
        if (isServiceError(error, "RunnerExists")) {
          throw new RunnerNameTakenError(`Runner name ${runner} is registered already.`, { cause: error });
        }
        if (isServiceError(error, "ScaleSetNotFound")) scaleSet.forget();
        throw error;
      }
    },

    async deregister(runner, call) {
      const id = await idOf(runner, call);
      if (id === undefined) return "gone";
      const outcome = await client.deregisterRunner(id, call);
      if (outcome === "gone") ids.delete(runner);
      return outcome;
    },

    async exists(runner, call) {
      return (await client.getRunnerByName(runner, call)) !== null;
    },

    async list(call) {
      const scope = await scopeRunners.list(call);
      const registrations = scope.registrations.filter(({ runner }) => isOurs(runner));
      const listed = new Set(registrations.map(({ runner }) => runner));
      for (const { runner, id } of registrations) ids.set(runner, id);
      // Bounded by what exists: names that are gone are forgotten.
      if (ids.size > listed.size + 1_000) for (const name of ids.keys()) if (!listed.has(name)) ids.delete(name);
      return { beganAtMs: scope.beganAtMs, registrations };
    },
  };
}
