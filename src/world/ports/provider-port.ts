import type { Provider } from "../../core/ports/provider.ts";
import type { Faults } from "../faults.ts";
import type { Incarnation } from "../time/incarnation.ts";
import type { SeededRandom } from "../time/seeded-random.ts";
import type { Gate } from "./gate.ts";
import type { ProviderModel } from "./provider-model.ts";

const staleEveryMs = 120_000;

/** A provider of the world as one incarnation reaches it. */
export function providerPort(parts: {
  readonly incarnation: Incarnation;
  readonly gate: Gate;
  readonly model: ProviderModel;
  readonly faults: Faults;
  readonly random: SeededRandom;
  /** Whether GitHub still knows the runner. */
  readonly isRegistered: (runner: string) => boolean;
}): Provider {
  const { incarnation, gate, model, faults, random, isRegistered } = parts;
  let staleAtMs = Number.NEGATIVE_INFINITY;
  let isFirst = true;
  return {
    name: model.name,
    launch: (spec, { signal }) =>
      gate.call(incarnation, model.name, "launch", spec.runner, signal, () => model.launch(spec)),
    stop: (runner, { signal }) => gate.call(incarnation, model.name, "stop", runner, signal, () => model.stop(runner)),
    listOwned: (installation, { signal }) =>
      gate.call(
        incarnation,
        model.name,
        "list",
        installation,
        signal,
        () => {
          const whole = model.list(installation);
          // A list that breaks the port's promise: entries are missing (F27). Rarely enough that the second look is the cure.
          const nowMs = incarnation.clock.nowMs();
          // A new incarnation knows what one of two witnesses shows. A runner that both hide at once, nobody could know of.
          const isOnlyWitness = isFirst ? (runner: string) => !isRegistered(runner) : () => false;
          isFirst = false;
          if (nowMs - staleAtMs < staleEveryMs || !faults.strikes("list-stale")) return whole;
          staleAtMs = nowMs;
          return whole.filter(({ runner }) => random.chance(0.7) || isOnlyWitness(runner));
        },
        (instances) => String(instances.length),
      ),
    readLog: (runner, { signal, maxBytes }) =>
      gate.call(incarnation, model.name, "log", runner, signal, () => model.readLog(runner)?.slice(-maxBytes)),
    watch: (onChange) => model.watch(() => (incarnation.isCut ? undefined : onChange())),
  };
}
