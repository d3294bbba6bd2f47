import type { JournalEntry } from "../core/ports/journal.ts";
import type { Engine } from "../engine/engine.ts";
import { failuresPerHour } from "./composition.ts";
import type { LifeRules } from "./github/runner-lives.ts";
import { Journalled } from "./journalled.ts";
import type { JournalRules } from "./ports/journal-port.ts";
import type { ModelInstance } from "./ports/provider-model.ts";
import type { TrafficRules } from "./ports/github-port.ts";
import type { Scenario } from "./seed/scenario.ts";
import type { Incarnation } from "./time/incarnation.ts";
import { ToldCapacity } from "./told-capacity.ts";

/** A rule that broke, with the moment and the facts. */
export interface Violation {
  readonly rule: string;
  readonly atMs: number;
  readonly story: string;
}

/** A pool that replaces all its runners asks for so many credentials; nothing else has a reason to be asked so often. */
const sameRequestMax = 120;
/** A launch that was asked for before its pool closed may arrive this much later. */
const launchUnderWayMs = 500;

/** The promises, checked where they can break. They read the truth of the models; the engine is asked only what it claims to know. */
export class Rules implements LifeRules, TrafficRules, JournalRules {
  readonly #scenario: Scenario;
  readonly #nowMs: () => number;
  readonly #liveIn: (pool: string) => number;
  readonly #names = new Set<string>();
  readonly #credentials = new Set<string>();
  readonly #messages = new Map<string, readonly string[]>();
  /** Instants of the last minute's failed launches, by pool, in this life of the controller. */
  readonly #failures = new Map<string, number[]>();
  readonly #engines = new Map<Incarnation, Engine>();
  readonly #poolOf: (scaleSetId: number) => string | undefined;
  readonly #calmSinceMs: () => number | undefined;
  readonly #closedSinceMs: (pool: string) => number | undefined;
  /** How often each request was made in the current minute. */
  readonly #asked = new Map<string, number>();
  #minute = 0;
  #journalled = new Journalled();
  #toldCapacity = new ToldCapacity();
  violation: Violation | undefined;

  constructor(options: {
    readonly scenario: Scenario;
    readonly nowMs: () => number;
    /** How many instances of the pool truly live. */
    readonly liveIn: (pool: string) => number;
    readonly poolOf: (scaleSetId: number) => string | undefined;
    /** Since when the pool may launch nothing, because it is drained or the controller stops; undefined while it may. */
    readonly closedSinceMs: (pool: string) => number | undefined;
    /** Undefined while trouble that could delay a job is on. */
    readonly calmSinceMs: () => number | undefined;
  }) {
    this.#scenario = options.scenario;
    this.#nowMs = options.nowMs;
    this.#liveIn = options.liveIn;
    this.#poolOf = options.poolOf;
    this.#calmSinceMs = options.calmSinceMs;
    this.#closedSinceMs = options.closedSinceMs;
  }

  begins(incarnation: Incarnation, engine: Engine): void {
    this.#engines.set(incarnation, engine);
    this.#journalled = new Journalled();
    this.#toldCapacity = new ToldCapacity();
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
    const closedMs = this.#nowMs() - (this.#closedSinceMs(spec.pool) ?? Number.POSITIVE_INFINITY);
    if (closedMs > launchUnderWayMs) {
      this.broken(
        "a closed pool launches nothing",
        `${spec.runner} was launched ${Math.round(closedMs / 1_000)} s late`,
      );
    }
  }

  /** How long a job may run on this instance before its owner wants it ended. */
  jobDeadlineMs({ spec }: ModelInstance): number {
    return this.#scenario.pools.find(({ name }) => name === spec.pool)?.jobMs ?? Number.POSITIVE_INFINITY;
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

  recorded(entry: JournalEntry): void {
    this.#journalled.recorded(entry);
  }

  written(_incarnation: Incarnation, entries: readonly JournalEntry[]): void {
    this.#journalled.written(entries);
  }

  writeFailed(_incarnation: Incarnation): void {
    this.#journalled.failed();
  }

  asks(_incarnation: Incarnation, request: string): void {
    const minute = Math.floor(this.#nowMs() / 60_000);
    if (minute !== this.#minute) this.#asked.clear();
    this.#minute = minute;
    const times = (this.#asked.get(request) ?? 0) + 1;
    this.#asked.set(request, times);
    if (times > sameRequestMax) {
      this.broken("GitHub is not asked in circles", `${times} times within a minute: ${request}`);
    }
  }

  polls(incarnation: Incarnation, scaleSetId: number, capacity: number): void {
    const pool = this.#engines.get(incarnation)?.pools.get(this.#poolOf(scaleSetId) ?? "");
    if (pool === undefined) return;
    const wrong = this.#toldCapacity.judge(pool, capacity, this.#nowMs(), this.#calmSinceMs());
    if (wrong !== undefined) this.broken("the capacity that GitHub hears is true", wrong);
  }

  stoppedBeforeDeregistered({ spec }: ModelInstance): void {
    this.broken("deregister, then stop", `${spec.runner} was stopped while it was registered at GitHub`);
  }

  stoppedWithinGrace({ spec }: ModelInstance, idleMs: number): void {
    const pool = this.#scenario.pools.find(({ name }) => name === spec.pool);
    const engine = [...this.#engines.values()].at(-1);
    if (pool === undefined || engine?.pools.get(spec.pool)?.isAccepting() !== true) return;
    if (this.#calmSinceMs() === undefined || idleMs >= pool.idleGraceMs) return;
    const idleSeconds = Math.round(idleMs / 1_000);
    this.broken("an idle runner keeps its grace", `${spec.runner} was stopped after ${idleSeconds} s of idleness`);
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
      const isLost = !known || this.#journalled.isOnItsWay(jobId);
      if (isLost) {
        const what = known ? "was in the journal" : "was noted";
        this.broken("no acknowledged message is lost", `message ${message} was deleted before job ${jobId} ${what}`);
      }
    }
    this.#messages.delete(message);
  }
}
