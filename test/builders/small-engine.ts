import type { DemandSink } from "../../src/core/ports/demand-source.ts";
import type { Fact } from "../../src/core/ports/facts.ts";
import type { Instance, Provider } from "../../src/core/ports/provider.ts";
import type { Registration, RunnerRegistry } from "../../src/core/ports/runner-registry.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { PoolOptions } from "../../src/engine/pool-options.ts";
import { createReadModel } from "../../src/engine/read-model.ts";
import { createMemoryJournal } from "../../src/journal/memory/memory-journal.ts";
import { counts, started } from "./facts.ts";
import { deadlines, minuteMs } from "./runner.ts";
import { VirtualTime } from "./virtual-time.ts";

const bornAtMs = 1_000_000_000_000;
const forever = new AbortController().signal;

/** A provider whose answers a test may hold back; what it was told to launch lives at once, unless the test says otherwise. */
export class HeldProvider implements Provider {
  readonly instances = new Map<string, Instance>();
  readonly launches: string[] = [];
  readonly stops: string[] = [];
  /** Launches wait for this before they make anything. */
  launching: (runner: string) => Promise<void> = () => Promise.resolve();
  readonly name: string;
  readonly #nowMs: () => number;

  constructor(name: string, nowMs: () => number) {
    this.name = name;
    this.#nowMs = nowMs;
  }

  async launch({ installation, pool, runner }: { installation: string; pool: string; runner: string }): Promise<void> {
    this.launches.push(runner);
    await this.launching(runner);
    this.instances.set(runner, { installation, pool, runner, launchedAtMs: this.#nowMs(), phase: "running" });
  }

  /** The runner's process ends by itself or by a hand that is not Drover's. */
  end(runner: string, how: { readonly exitCode: number | null; readonly signal: string | null }): void {
    const instance = this.instances.get(runner);
    if (instance === undefined) throw new Error(`${runner} was not launched`);
    const end = { endedAtMs: this.#nowMs(), lastLines: [], ...how };
    this.instances.set(runner, { ...instance, phase: "ended", end });
  }

  stop(runner: string): Promise<void> {
    this.stops.push(runner);
    this.instances.delete(runner);
    return Promise.resolve();
  }

  listOwned(): Promise<readonly Instance[]> {
    return Promise.resolve([...this.instances.values()]);
  }

  readLog(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  watch(): { close(): void } {
    return { close: () => undefined };
  }
}

/** GitHub's list of one pool's runners; registered ones are offline until the test says otherwise. */
export class HeldRegistry implements RunnerRegistry {
  readonly registrations = new Map<string, Registration>();
  /** Set: lists fail with it. */
  trouble: Error | undefined;
  lists = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  register(runner: string) {
    const id = this.registrations.size + 1;
    this.registrations.set(runner, { id, runner, online: false, busy: false });
    return Promise.resolve({ id, credential: { kind: "jit-config", encodedJitConfig: runner } as const });
  }

  online(runner: string): void {
    this.registrations.set(runner, { id: 1, runner, online: true, busy: false });
  }

  deregister(runner: string): Promise<"gone" | "job-running"> {
    this.registrations.delete(runner);
    return Promise.resolve("gone");
  }

  exists(runner: string): Promise<boolean> {
    return Promise.resolve(this.registrations.has(runner));
  }

  list() {
    this.lists += 1;
    if (this.trouble !== undefined) return Promise.reject(this.trouble);
    return Promise.resolve({ beganAtMs: this.#nowMs(), registrations: [...this.registrations.values()] });
  }
}

/** One pool of a {@link SmallEngine}, with its ends at GitHub and at its provider. */
export interface SmallPool {
  readonly registry: HeldRegistry;
  readonly provider: HeldProvider;
  /** Tells the pool, as its session would. */
  tell(...facts: readonly Fact[]): Promise<void>;
}

export function poolOptions(name: string, changes: Partial<PoolOptions> = {}): PoolOptions {
  return {
    name,
    scope: "acme",
    labels: [name],
    demandKind: "scale-set",
    minIdle: 0,
    max: 4,
    idleGraceMs: 5 * minuteMs,
    deadlines,
    drainMs: 15 * minuteMs,
    onStop: "keep",
    retries: { attempts: 5, perHour: 20 },
    placements: [{ provider: name, max: 4 }],
    ...changes,
  };
}

/** The real engine on a clock that a test moves, between ends that do what the test says. */
export class SmallEngine {
  readonly time = new VirtualTime();
  /** Added to the clock, as an operator or a time server does who sets it. */
  clockSetByMs = 0;
  readonly nowMs = (): number => bornAtMs + this.time.clock.nowMs() + this.clockSetByMs;
  readonly #pools = new Map<string, SmallPool & { sink: DemandSink | undefined }>();
  readonly engine: Engine;
  readonly readModel;

  constructor(pools: readonly PoolOptions[]) {
    for (const { name } of pools) {
      const pool = {
        registry: new HeldRegistry(this.nowMs),
        provider: new HeldProvider(name, this.nowMs),
        sink: undefined as DemandSink | undefined,
        tell: async (...facts: readonly Fact[]) => pool.sink?.accept(facts, { signal: forever }),
      };
      this.#pools.set(name, pool);
    }
    const { clock } = this.time;
    const journal = createMemoryJournal();
    this.engine = new Engine({
      installation: "acme",
      clock: { ...clock, nowMs: this.nowMs, sleep: clock.sleep.bind(clock), deadline: clock.deadline.bind(clock) },
      random: { next: () => 0.5 },
      journal,
      providers: pools.map(({ name }) => this.pool(name).provider),
      pools: pools.map((options) => {
        const pool = this.#pools.get(options.name);
        return {
          options,
          ports: {
            registry: this.pool(options.name).registry,
            source: {
              run: async (sink, { signal }) => {
                if (pool !== undefined) pool.sink = sink;
                sink.report({ kind: "connected", sinceMs: this.nowMs() });
                await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
              },
            },
          },
        };
      }),
    });
    this.readModel = createReadModel(this.engine, journal);
  }

  pool(name: string): SmallPool {
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new Error(`there is no pool ${name}`);
    return pool;
  }

  /** Starts, and lets every pool take its first look. */
  async start(): Promise<void> {
    this.engine.start();
    await this.time.pass(1_000);
  }

  /** Lets GitHub count one job, and the pool's first runner start it; returns the runner's name. */
  async startJob(pool: string, jobId: string): Promise<string> {
    const { provider, registry, tell } = this.pool(pool);
    await tell(counts(1));
    await this.time.pass(1_000);
    const runner = provider.launches[0] ?? "";
    registry.online(runner);
    await tell(started(jobId, runner), counts(1));
    return runner;
  }

  async stop(): Promise<void> {
    const stopped = this.engine.stopNow();
    await this.time.pass(10_000);
    await stopped;
  }
}
