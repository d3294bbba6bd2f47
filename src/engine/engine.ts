import type { Clock } from "../core/ports/clock.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Provider } from "../core/ports/provider.ts";
import type { Random } from "../core/ports/random.ts";
import type { RunnerRegistry } from "../core/ports/runner-registry.ts";
import { drawIncarnation } from "../core/runner/name.ts";
import { mayExist, phaseOf, type Runner } from "../core/runner/runner.ts";
import { Census } from "./census.ts";
import { forgottenPool } from "./forgotten-pool.ts";
import { Limiter } from "./limiter.ts";
import { Pool } from "./pool.ts";
import { defaultPace, type EngineParts, type Pace, type PoolOptions, type PoolPorts } from "./pool-options.ts";
import { Recorder } from "./recorder.ts";
import { superviseSource } from "./source-supervision.ts";

/** Launches and releases under way at once, over all pools. */
const callsAtOnce = 256;
const stopLookMs = 200;
/** How long idle runners may take to go when busy ones are kept. */
const keepPatienceMs = 60_000;
/**
 * How long to wait for runners of which only a registration is left: GitHub keeps one whose runner died at work until the job's lease
 * lapses, and nothing can be saved by waiting for that. The next start takes it up.
 */
const deadPatienceMs = 10_000;
/** How long the end waits for calls that were cut off: one that does not hear of it must not hold the program. */
const cutPatienceMs = 5_000;

export interface EngineOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly providers: readonly Provider[];
  readonly pools: readonly { readonly options: PoolOptions; readonly ports: PoolPorts }[];
  /** The registry of a pool that only marks at a provider still name; undefined when its scope cannot be reached. */
  readonly forgottenRegistry?: (pool: string) => RunnerRegistry | undefined;
  /** The pools that registrations at GitHub name, configured or not; asked now and then, to find those that were removed. */
  readonly registeredPools?: (options: { readonly signal: AbortSignal }) => Promise<readonly string[]>;
  readonly pace?: Partial<Pace>;
}

/** What a stop left behind, on purpose or by force. */
export interface StopReport {
  readonly left: readonly { readonly runner: string; readonly pool: string; readonly phase: string }[];
}

/** Runs many pools in one process: one pool's trouble leaves the others alone. */
export class Engine {
  readonly parts: EngineParts;
  readonly startedAtMs: number;
  readonly pools = new Map<string, Pool>();
  readonly #options: EngineOptions;
  readonly #sources = new AbortController();
  readonly #loops = new AbortController();
  readonly #everything = new AbortController();
  readonly #sourceRuns: Promise<void>[] = [];
  readonly #loopRuns: Promise<void>[] = [];
  readonly #watches: { close(): void }[] = [];

  constructor(options: EngineOptions) {
    const { clock, installation } = options;
    const pace = { ...defaultPace, ...options.pace };
    this.#options = options;
    this.startedAtMs = clock.nowMs();
    this.parts = {
      installation,
      incarnation: drawIncarnation(installation, options.random),
      clock,
      recorder: new Recorder(options.journal, clock),
      censuses: new Map(
        options.providers.map((provider) => [
          provider.name,
          new Census(provider, installation, clock, pace.providerCallMs),
        ]),
      ),
      limiter: new Limiter(callsAtOnce),
      pace,
    };
    for (const { options: pool, ports } of options.pools) {
      this.pools.set(pool.name, new Pool(pool, ports, this.parts, this.#everything.signal));
    }
  }

  /** Begins everything and returns at once. */
  start(): void {
    for (const pool of this.pools.values()) this.#startPool(pool);
    for (const { provider } of this.parts.censuses.values()) {
      this.#watches.push(
        provider.watch(() => {
          for (const pool of this.pools.values()) pool.lookAtInstances(provider.name);
        }),
      );
    }
    this.#loopRuns.push(this.#adoptForgottenPools());
    this.#loopRuns.push(this.parts.recorder.run(this.#loops.signal));
  }

  /** True when every provider that a pool needs was seen completely once. */
  get isReady(): boolean {
    return [...this.pools.values()].every((pool) =>
      pool.options.placements.every(({ provider }) => pool.state.seenProviders.has(provider)),
    );
  }

  /**
   * Ends in order: no new runners, sessions closed, idle runners gone. Busy ones are kept for the next start or waited for until
   * the drain deadline, as each pool says. What is left is said.
   */
  async stop(): Promise<StopReport> {
    const { clock } = this.parts;
    for (const pool of this.pools.values()) pool.beginStopping();
    this.#sources.abort(new DOMException("Drover stops", "AbortError"));
    await Promise.all(this.#sourceRuns);
    const waits = [...this.pools.values()].map(async (pool) => {
      const keeps = pool.options.onStop === "keep";
      const patienceMs = keeps ? keepPatienceMs : pool.options.drainMs;
      // Counted, not read from the clock, which may be set meanwhile.
      for (let waitedMs = 0; waitedMs < patienceMs && !this.#everything.signal.aborted; waitedMs += stopLookMs) {
        const isLateForTheDead = waitedMs >= deadPatienceMs;
        const isNoReasonToWait = (runner: Runner) =>
          (keeps && phaseOf(runner) === "busy") || (isLateForTheDead && !mayExist(runner));
        if (pool.remaining().every(isNoReasonToWait)) return;
        await clock.sleep(stopLookMs, this.#everything.signal).catch(() => undefined);
      }
    });
    await Promise.all(waits);
    return this.#end();
  }

  /** Ends now: calls under way are cut off, nothing is cleaned. The next start adopts what is left. */
  async stopNow(): Promise<StopReport> {
    this.#sources.abort(new DOMException("Drover stops at once", "AbortError"));
    this.#everything.abort(new DOMException("Drover stops at once", "AbortError"));
    return this.#end();
  }

  async #end(): Promise<StopReport> {
    const left = [...this.pools.values()].flatMap((pool) =>
      pool.remaining().map((runner) => ({ runner: runner.name, pool: runner.pool, phase: phaseOf(runner) })),
    );
    this.#loops.abort(new DOMException("Drover stops", "AbortError"));
    this.#everything.abort(new DOMException("Drover stops", "AbortError"));
    for (const watch of this.#watches) watch.close();
    const over = new AbortController();
    const patience = this.parts.clock.sleep(cutPatienceMs, over.signal).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#loopRuns), patience]);
    over.abort();
    await this.parts.recorder.flush(new AbortController().signal);
    return { left };
  }

  #startPool(pool: Pool): void {
    const { clock } = this.parts;
    this.#loopRuns.push(pool.run(this.#loops.signal));
    const ports = this.#options.pools.find(({ options }) => options.name === pool.options.name)?.ports;
    if (ports?.source !== undefined) {
      this.#sourceRuns.push(superviseSource(ports.source, pool.sink(), clock, this.#sources.signal));
    }
  }

  /** Pools that only marks still name are drained: their jobs finish, everything they own goes away. */
  async #adoptForgottenPools(): Promise<void> {
    const { clock, censuses, pace } = this.parts;
    const { signal } = this.#loops;
    let untilRegistryLookMs = 0;
    while (!signal.aborted) {
      for (const census of censuses.values()) {
        const look = await census.look(clock.nowMs() - pace.resyncMs, signal).catch(() => undefined);
        this.#drainForgotten(look?.byPool.keys() ?? []);
      }
      untilRegistryLookMs -= pace.resyncMs;
      if (untilRegistryLookMs <= 0) {
        untilRegistryLookMs = pace.registryQuietMs;
        const deadline = clock.deadline(signal, pace.registryCallMs);
        this.#drainForgotten((await this.#options.registeredPools?.({ signal: deadline }).catch(() => [])) ?? []);
      }
      await clock.sleep(pace.resyncMs, signal).catch(() => undefined);
    }
  }

  #drainForgotten(names: Iterable<string>): void {
    for (const name of names) {
      if (this.pools.has(name) || this.#loops.signal.aborted) continue;
      const registry = this.#options.forgottenRegistry?.(name);
      const { options, ports } = forgottenPool(name, registry, [...this.parts.censuses.keys()]);
      const pool = new Pool(options, ports, this.parts, this.#everything.signal);
      this.pools.set(name, pool);
      this.parts.recorder.record({ kind: "forgotten-pool", pool: name, reason: "no longer configured: draining" });
      this.#startPool(pool);
    }
  }
}
