import type { Engine } from "../engine/engine.ts";
import { failuresPerHour } from "./composition.ts";
import type { LifeRules } from "./github/runner-lives.ts";
import type { ModelInstance } from "./ports/provider-model.ts";
import type { TrafficRules } from "./ports/github-port.ts";
import type { Scenario } from "./seed/scenario.ts";
import type { Incarnation } from "./time/incarnation.ts";

/** A rule that broke, with the moment and the facts. */
export interface Violation {
  readonly rule: string;
  readonly atMs: number;
  readonly story: string;
}

/** The promises, checked where they can break. They read the truth of the models; the engine is asked only what it claims to know. */
export class Rules implements LifeRules, TrafficRules {
  readonly #scenario: Scenario;
  readonly #nowMs: () => number;
  readonly #liveIn: (pool: string) => number;
  readonly #names = new Set<string>();
  readonly #credentials = new Set<string>();
  readonly #messages = new Map<string, readonly string[]>();
  /** Instants of the last minute's failed launches, by pool, in this life of the controller. */
  readonly #failures = new Map<string, number[]>();
  readonly #engines = new Map<Incarnation, Engine>();
  violation: Violation | undefined;

  constructor(options: {
    readonly scenario: Scenario;
    readonly nowMs: () => number;
    /** How many instances of the pool truly live. */
    readonly liveIn: (pool: string) => number;
  }) {
    this.#scenario = options.scenario;
    this.#nowMs = options.nowMs;
    this.#liveIn = options.liveIn;
  }

  begins(incarnation: Incarnation, engine: Engine): void {
    this.#engines.set(incarnation, engine);
    this.#failures.clear();
  }

  broken(rule: string, story: string): void {
    this.violation ??= { rule, atMs: this.#nowMs(), story };
  }

  launched({ spec }: ModelInstance): void {
    if (this.#names.has(spec.runner)) this.broken("no name twice", `${spec.runner} was launched again`);
    this.#names.add(spec.runner);
    const { encodedJitConfig } = spec.credential;
    if (this.#credentials.has(encodedJitConfig)) {
      this.broken("no credential twice", `${spec.runner} got a configuration that was spent already`);
    }
    this.#credentials.add(encodedJitConfig);
    const pool = this.#scenario.pools.find(({ name }) => name === spec.pool);
    const live = this.#liveIn(spec.pool);
    if (pool !== undefined && live > pool.max) {
      this.broken("never more than the maximum", `${spec.pool} has ${live} instances, its maximum is ${pool.max}`);
    }
  }

  /** A launch failed. Whatever failed before, a minute holds no more than the hour's budget and the attempts of a whole pool that were under way. */
  launchFailed(poolName: string): void {
    const nowMs = this.#nowMs();
    const max = this.#scenario.pools.find(({ name }) => name === poolName)?.max ?? 0;
    const recent = (this.#failures.get(poolName) ?? []).filter((atMs) => nowMs - atMs < 60_000);
    recent.push(nowMs);
    this.#failures.set(poolName, recent);
    if (recent.length > failuresPerHour + max) {
      this.broken("failed attempts are held back", `${poolName} failed ${recent.length} launches within a minute`);
    }
  }

  stoppedAtWork({ spec }: ModelInstance, jobId: string): void {
    this.broken("no running job is killed by us", `${spec.runner} was stopped while job ${jobId} ran on it`);
  }

  delivered(_incarnation: Incarnation, message: string, body: string): void {
    this.#messages.set(
      message,
      [...body.matchAll(/\\"jobId\\":\\"([0-9a-f-]+)\\"/g)].map((match) => match[1] ?? ""),
    );
  }

  acknowledged(incarnation: Incarnation, message: string): void {
    const engine = this.#engines.get(incarnation);
    if (engine === undefined) return;
    for (const jobId of this.#messages.get(message) ?? []) {
      const known = [...engine.pools.values()].some((pool) => pool.state.ledger.job(jobId) !== undefined);
      if (!known) {
        this.broken("no acknowledged message is lost", `message ${message} was deleted before job ${jobId} was noted`);
      }
    }
    this.#messages.delete(message);
  }
}
