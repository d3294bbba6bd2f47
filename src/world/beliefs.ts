import type { Engine } from "../engine/engine.ts";
import { phaseOf, type Runner } from "../core/runner/runner.ts";
import type { GitHubModel } from "../simulator/github/model/github-model.ts";
import type { ModelInstance, ProviderModel } from "./ports/provider-model.ts";

const minuteMs = 60_000;
/** How long a belief may stay wrong in calm: the looks, polls and deadlines that correct it are due well before. */
const boundMs = 5 * minuteMs;
/** What only lists of the registry correct takes longer: two of them that are minutes apart, then a question by name. */
const registryBoundMs = 20 * minuteMs;

interface Wrong {
  readonly sinceMs: number;
  readonly story: string;
}

/** Compares what the engine believes with what is. A belief that is wrong now is no finding; one that stays wrong is. */
export class Beliefs {
  readonly #model: GitHubModel;
  readonly #providers: readonly ProviderModel[];
  readonly #jobOn: (instance: ModelInstance) => string | undefined;
  #wrong = new Map<string, Wrong>();

  constructor(options: {
    readonly model: GitHubModel;
    readonly providers: readonly ProviderModel[];
    readonly jobOn: (instance: ModelInstance) => string | undefined;
  }) {
    this.#model = options.model;
    this.#providers = options.providers;
    this.#jobOn = options.jobOn;
  }

  /** Trouble explains wrong beliefs: counting starts again after it. */
  forget(): void {
    this.#wrong.clear();
  }

  /** Called once a minute in calm. Returns the first belief that has been wrong for longer than its bound. */
  overdue(engine: Engine, nowMs: number, calmSinceMs: number): string | undefined {
    const wrong = new Map<string, Wrong>();
    let overdue: string | undefined;
    const note = (key: string, story: string, mayLastMs: number): void => {
      const sinceMs = this.#wrong.get(key)?.sinceMs ?? nowMs;
      wrong.set(key, { sinceMs, story });
      if (nowMs - sinceMs >= mayLastMs) overdue ??= `${story}, for ${Math.round((nowMs - sinceMs) / minuteMs)} minutes`;
    };
    this.#compareInstances(engine, calmSinceMs, note);
    this.#compareRegistrations(engine, note);
    this.#wrong = wrong;
    return overdue;
  }

  #compareInstances(engine: Engine, calmSinceMs: number, note: Note): void {
    const believed = new Map<string, Runner>();
    for (const pool of engine.pools.values()) {
      for (const runner of pool.state.runners.values()) believed.set(runner.name, runner);
    }
    const truth = new Map<string, ModelInstance>();
    for (const provider of this.#providers) {
      for (const instance of provider.instances.values()) {
        truth.set(instance.spec.runner, instance);
        if (!believed.has(instance.spec.runner)) {
          note(
            `unknown ${instance.spec.runner}`,
            `${instance.spec.runner} lives and the engine does not know it`,
            boundMs,
          );
        }
      }
    }
    for (const runner of believed.values()) {
      const instance = truth.get(runner.name);
      const isAlive = instance !== undefined && instance.phase !== "ended";
      if (runner.instance.kind === "live" && !isAlive) {
        note(`dead ${runner.name}`, `${runner.name} is over and the engine takes it for alive`, boundMs);
      }
      const jobId = instance === undefined ? undefined : this.#jobOn(instance);
      const phase = phaseOf(runner);
      if (phase === "busy" && jobId === undefined) {
        note(`busy ${runner.name}`, `${runner.name} has no job and the engine takes it for busy`, boundMs);
      }
      if (phase === "idle" && jobId !== undefined && this.#startedAtMs(jobId) > calmSinceMs) {
        note(`idle ${runner.name}`, `${runner.name} works on ${jobId} and the engine takes it for idle`, boundMs);
      }
    }
  }

  #compareRegistrations(engine: Engine, note: Note): void {
    for (const scaleSet of this.#model.scaleSets.all()) {
      const state = engine.pools.get(scaleSet.name)?.state;
      if (state === undefined) continue;
      const registered = new Set<string>();
      for (const { name } of scaleSet.runners.values()) {
        registered.add(name);
        const known = state.runners.get(name)?.registration.kind;
        if (known === undefined || known === "none" || known === "gone") {
          note(`registered ${name}`, `${name} is registered and the engine does not know it`, registryBoundMs);
        }
      }
      for (const { name, registration } of state.runners.values()) {
        const isBelieved = registration.kind === "online" || registration.kind === "offline";
        if (isBelieved && !registered.has(name)) {
          note(
            `gone ${name}`,
            `${name} is not registered and the engine takes it for ${registration.kind}`,
            registryBoundMs,
          );
        }
      }
      const { counted } = state.demand;
      const assigned = scaleSet.assigned.size + scaleSet.lingeringAssigned.size;
      if (counted !== assigned) {
        note(
          `counted ${scaleSet.name}`,
          `${scaleSet.name} has ${assigned} assigned jobs and the engine counts ${counted}`,
          boundMs,
        );
      }
    }
  }

  #startedAtMs(jobId: string): number {
    const phase = this.#model.jobs.find(jobId)?.phase;
    return phase?.kind === "running" ? phase.startedAtMs : Number.NEGATIVE_INFINITY;
  }
}

type Note = (key: string, story: string, mayLastMs: number) => void;
