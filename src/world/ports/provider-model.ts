import { LaunchError } from "../../core/ports/errors.ts";
import type { Instance, InstanceEnd, LaunchSpec } from "../../core/ports/provider.ts";

/** One instance as it truly is, whatever any list says. */
export interface ModelInstance {
  readonly spec: LaunchSpec;
  readonly launchedAtMs: number;
  phase: "starting" | "running" | "ended";
  end: InstanceEnd | undefined;
  readonly output: string[];
}

/** What lives in the machines of the model: the world hangs the runners' lives on it. */
export interface InstanceLife {
  launched(instance: ModelInstance): void;
  /** The instance is being killed by Drover. */
  stopped(instance: ModelInstance): void;
}

/** Where instances live in the world: the truth that the invariants read. Effects only; time and faults belong to the gate. */
export class ProviderModel {
  readonly name: string;
  readonly instances = new Map<string, ModelInstance>();
  readonly #life: InstanceLife;
  readonly #nowMs: () => number;
  readonly #watchers = new Set<() => void>();
  readonly #roomMax: number;
  launchedCount = 0;
  removedCount = 0;
  liveCount = 0;

  constructor(
    name: string,
    options: { readonly life: InstanceLife; readonly nowMs: () => number; readonly roomMax: number },
  ) {
    this.name = name;
    this.#life = options.life;
    this.#nowMs = options.nowMs;
    this.#roomMax = options.roomMax;
  }

  get hasRoom(): boolean {
    return this.liveCount < this.#roomMax;
  }

  launch(spec: LaunchSpec): void {
    if (this.instances.has(spec.runner)) return;
    if (!this.hasRoom) throw new LaunchError(`${this.name} has no room`);
    const instance: ModelInstance = {
      spec,
      launchedAtMs: this.#nowMs(),
      phase: "starting",
      end: undefined,
      output: [],
    };
    this.instances.set(spec.runner, instance);
    this.launchedCount += 1;
    this.liveCount += 1;
    this.#life.launched(instance);
    this.changed();
  }

  stop(runner: string): void {
    const instance = this.instances.get(runner);
    if (instance === undefined) return;
    if (instance.phase !== "ended") {
      this.liveCount -= 1;
      this.#life.stopped(instance);
    }
    this.instances.delete(runner);
    this.removedCount += 1;
    this.changed();
  }

  /** The instance's own process comes to its end. */
  exit(instance: ModelInstance, exitCode: number | null, signal: string | null): void {
    if (instance.phase === "ended" || this.instances.get(instance.spec.runner) !== instance) return;
    instance.phase = "ended";
    instance.end = { endedAtMs: this.#nowMs(), exitCode, signal, lastLines: instance.output.slice(-20) };
    this.liveCount -= 1;
    this.changed();
  }

  list(installation: string): Instance[] {
    const found: Instance[] = [];
    for (const { spec, launchedAtMs, phase, end } of this.instances.values()) {
      if (spec.installation !== installation) continue;
      const identity = { installation, pool: spec.pool, runner: spec.runner, launchedAtMs };
      found.push(
        end === undefined
          ? { ...identity, phase: phase === "ended" ? "running" : phase }
          : { ...identity, phase: "ended", end },
      );
    }
    return found;
  }

  readLog(runner: string): string | undefined {
    return this.instances.get(runner)?.output.join("\n");
  }

  watch(onChange: () => void): { close(): void } {
    this.#watchers.add(onChange);
    return { close: () => void this.#watchers.delete(onChange) };
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
