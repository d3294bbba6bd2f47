import type { Journal } from "../core/ports/journal.ts";
import type { Engine } from "../engine/engine.ts";
import { createMemoryJournal } from "../journal/memory/memory-journal.ts";
import { createGitHubApi } from "../simulator/github/api/github-api.ts";
import { inProcessFront, type InProcessFront } from "../simulator/github/in-process/in-process-front.ts";
import { FaultBoard } from "../simulator/faults/fault-board.ts";
import { GitHubModel } from "../simulator/github/model/github-model.ts";
import { Beliefs } from "./beliefs.ts";
import { composeEngine, worldInstallation, worldRepository, worldToken } from "./composition.ts";
import { Faults, siteOf } from "./faults.ts";
import { JobFeed } from "./github/job-feed.ts";
import { lightJitConfigs } from "./github/light-jit-configs.ts";
import { RunnerLives } from "./github/runner-lives.ts";
import { Promptness } from "./promptness.ts";
import { Gate, type CrashStage } from "./ports/gate.ts";
import { brokenConnection, githubPort } from "./ports/github-port.ts";
import { journalPort } from "./ports/journal-port.ts";
import { ProviderModel } from "./ports/provider-model.ts";
import { providerPort } from "./ports/provider-port.ts";
import { Rules, type Violation } from "./rules.ts";
import type { Scenario, Upheaval } from "./seed/scenario.ts";
import { Fence } from "./time/fence.ts";
import { Incarnation } from "./time/incarnation.ts";
import { Scheduler } from "./time/scheduler.ts";
import { SeededRandom } from "./time/seeded-random.ts";
import { stepByStep } from "./time/steps.ts";
import { Trace } from "./trace.ts";

/** Every world begins on the same day. */
const startMs = Date.UTC(2026, 0, 5, 8);
const minuteMs = 60_000;
/** How long the world may take to converge after everything healed, beside the work that is left. */
const convergenceMs = 120 * minuteMs;
/** In peace, a job that fits waits at most this long for its runner. */
const waitBoundMs = 20 * minuteMs;
/** A job past its deadline ends with the next looks. */
const overdueBoundMs = 5 * minuteMs;
/** A seed that handles more events than this runs in circles. */
const eventsMax = 2_000_000;

export interface WorldOutcome {
  readonly scenario: Scenario;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly traceLines: readonly string[] | undefined;
  readonly events: number;
  readonly virtualMs: number;
  readonly jobs: number;
  readonly incarnations: number;
  /** How often each rare branch was reached, by name. */
  readonly sometimes: ReadonlyMap<string, number>;
  /** Call sites at which the controller crashed, as `github.POST jit/applied`. */
  readonly crashSites: ReadonlySet<string>;
}

/** One seed from the first event to the last: the real engine between a simulated GitHub and simulated machines. */
export class World {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #scheduler: Scheduler;
  readonly #trace: Trace;
  readonly #model: GitHubModel;
  readonly #front: InProcessFront;
  readonly #faults: Faults;
  readonly #gate: Gate;
  readonly #rules: Rules;
  readonly #feed: JobFeed;
  readonly #lives: RunnerLives;
  readonly #beliefs: Beliefs;
  readonly #promptness: Promptness;
  readonly #fence: Fence | undefined;
  readonly #providers: readonly ProviderModel[];
  readonly #sometimes = new Map<string, number>();
  readonly #crashSites = new Set<string>();
  #journal: Journal = createMemoryJournal();
  #incarnation: Incarnation | undefined;
  #engine: Engine | undefined;
  #incarnationCount = 0;
  #modelDueAtMs: number | undefined;
  #isStopping = false;
  readonly #retiredPools = new Set<string>();
  /** Pools that may launch nothing, with the instant since which they may not. */
  readonly #closedSinceMs = new Map<string, number>();

  /** With `fence`, a step that leaves something real behind breaks the seed; for a process that does nothing else. */
  constructor(scenario: Scenario, options: { readonly keepLines: boolean; readonly fence?: boolean }) {
    this.#fence = options.fence === true ? new Fence() : undefined;
    this.#scenario = scenario;
    this.#random = new SeededRandom(scenario.seed, 100);
    this.#scheduler = new Scheduler(startMs, this.#random.fork(1));
    this.#trace = new Trace(options);
    const clock = { nowMs: () => this.#scheduler.nowMs };
    this.#model = new GitHubModel({ clock, random: this.#random.fork(2) });
    this.#model.tenants.addRepository(worldRepository);
    this.#model.credentials.addPersonalToken(worldToken);
    const { router } = createGitHubApi({ model: this.#model, jitConfigs: lightJitConfigs });
    this.#front = inProcessFront({ router, connectionError: brokenConnection });
    const board = new FaultBoard({ model: this.#model, router, random: this.#random.fork(7) });
    this.#faults = new Faults(this.#random.fork(3), board);
    this.#rules = new Rules({
      scenario,
      nowMs: clock.nowMs,
      liveIn: (pool) => this.#liveIn(pool),
      poolOf: (scaleSetId) => this.#poolOf(scaleSetId),
      closedSinceMs: (pool) => this.#closedSinceMs.get(pool),
      calmSinceMs: () => this.#faults.calmSinceMs,
    });
    this.#promptness = new Promptness(this.#model, (pool) => this.#placesIn(pool));
    this.#feed = new JobFeed(scenario, this.#model, this.#scheduler, this.#random.fork(4));
    this.#gate = new Gate({
      scheduler: this.#scheduler,
      trace: this.#trace,
      random: this.#random.fork(5),
      fate: (port, call) => this.#faults.fate(port, call),
      siteOf,
      crash: (incarnation, site, stage) => this.#crash(incarnation, site, stage),
    });
    this.#lives = new RunnerLives({
      model: this.#model,
      scheduler: this.#scheduler,
      random: this.#random.fork(6),
      fates: this.#faults,
      rules: this.#rules,
      durationMs: (jobId) => this.#feed.durationMs(jobId),
    });
    this.#providers = ["host", "cluster"].map((name): ProviderModel => {
      const provider: ProviderModel = new ProviderModel(name, {
        life: this.#lives.at(() => provider),
        nowMs: clock.nowMs,
        roomMax: 1_000,
      });
      return provider;
    });
    this.#beliefs = new Beliefs({
      model: this.#model,
      providers: this.#providers,
      jobOn: (instance) => this.#lives.jobOn(instance),
    });
    this.#model.kernel.deadlines.whenEarlier(() => this.#watchModel());
  }

  async run(): Promise<WorldOutcome> {
    const { faults, troubledMs } = this.#scenario;
    for (const plan of faults) {
      const begin = (): void => {
        this.#faults.begin(plan, this.#scheduler.nowMs);
        this.#count(`fault ${plan.kind}`);
      };
      if (plan.startMs === 0) begin();
      else this.#scheduler.at(startMs + plan.startMs, begin);
      this.#scheduler.at(startMs + plan.endMs, () => {
        this.#faults.end(plan.kind, this.#scheduler.nowMs);
      });
    }
    for (const upheaval of this.#scenario.upheavals ?? []) {
      this.#scheduler.at(startMs + upheaval.atMs, () => this.#upset(upheaval));
    }
    this.#feed.begin();
    this.#compose();
    this.#everyMinute();
    await this.#runUntil(() => false, startMs + troubledMs);
    for (const plan of faults) this.#faults.end(plan.kind, this.#scheduler.nowMs);
    const boundMs = convergenceMs + this.#feed.backlogMs();
    await this.#runUntil(() => this.#unrest() === undefined, this.#scheduler.nowMs + boundMs);
    const unrest = this.#unrest();
    if (unrest !== undefined) {
      this.#rules.broken(
        "after healing it converges",
        `${Math.round(boundMs / minuteMs)} minutes after healing: ${unrest}`,
      );
    }
    const lost = this.#feed.lostJob({
      wasTroubled: (fromMs, toMs) => this.#faults.wasTroubled(fromMs, toMs),
      diedWith: (jobId) => this.#lives.diedWith(jobId),
    });
    if (lost !== undefined) this.#rules.broken("no job is lost", lost);
    return {
      scenario: this.#scenario,
      violation: this.#rules.violation,
      hash: this.#trace.hash(),
      traceLines: this.#trace.lines,
      events: this.#scheduler.handledCount,
      virtualMs: this.#scheduler.nowMs - startMs,
      jobs: this.#scenario.jobs.length,
      incarnations: this.#incarnationCount,
      sometimes: this.#sometimes,
      crashSites: this.#crashSites,
    };
  }

  /** Steps through the events until `isDone` in peace, a rule breaks, or nothing happens before `untilMs`. */
  #runUntil(isDone: () => boolean, untilMs: number): Promise<void> {
    let isFirst = true;
    return stepByStep((ownImmediates) => {
      if (!isFirst && this.#isOver(isDone, ownImmediates)) return false;
      isFirst = false;
      if (this.#scheduler.next(untilMs)) return true;
      this.#scheduler.skipTo(untilMs);
      return false;
    });
  }

  /** After one step and everything that followed from it. */
  #isOver(isDone: () => boolean, ownImmediates: number): boolean {
    const real = this.#fence?.crossed(ownImmediates);
    if (real !== undefined) this.#rules.broken("nothing real happens in the world", real);
    if (this.#rules.violation !== undefined) return true;
    if (this.#scheduler.handledCount > eventsMax) {
      this.#rules.broken("the engine does not run in circles", `${eventsMax} events`);
      return true;
    }
    return this.#faults.isPeaceful && this.#scheduler.handledCount % 64 === 0 && isDone();
  }

  #compose(): void {
    this.#incarnationCount += 1;
    const incarnation = new Incarnation(this.#incarnationCount, this.#scheduler);
    if (!this.#scenario.journalSurvives) this.#journal = createMemoryJournal();
    const engine = composeEngine({
      scenario: this.#scenario,
      clock: incarnation.clock,
      random: this.#random.fork(1_000 + this.#incarnationCount),
      transport: githubPort({
        incarnation,
        gate: this.#gate,
        front: this.#front,
        faults: this.#faults,
        rules: this.#rules,
        pageSize: this.#scenario.pageSize ?? 100,
      }),
      journal: journalPort(incarnation, this.#gate, this.#journal, this.#rules),
      providers: this.#providers.map((model) =>
        providerPort({
          incarnation,
          gate: this.#gate,
          model,
          faults: this.#faults,
          random: this.#random.fork(2_000 + this.#incarnationCount),
          isRegistered: (runner) => this.#isRegistered(runner),
        }),
      ),
      retiredPools: this.#retiredPools,
      ownerName: `drover-${this.#incarnationCount}`,
    });
    this.#incarnation = incarnation;
    this.#engine = engine;
    this.#isStopping = false;
    this.#closedSinceMs.clear();
    for (const { name } of this.#scenario.pools) this.#faults.drain(name, false, this.#scheduler.nowMs);
    this.#faults.controller("up", this.#scheduler.nowMs);
    this.#rules.begins(incarnation, engine);
    engine.parts.recorder.subscribe((entry) => {
      const { kind, pool } = entry;
      this.#count(kind);
      this.#rules.recorded(entry);
      if (kind === "ending-launch-failed") this.#rules.launchFailed(pool);
    });
    engine.start();
  }

  #isRegistered(runner: string): boolean {
    for (const { runners } of this.#model.scaleSets.all()) {
      for (const { name } of runners.values()) if (name === runner) return true;
    }
    return false;
  }

  #crash(incarnation: Incarnation, site: string, stage: CrashStage): void {
    if (incarnation.isCut || incarnation !== this.#incarnation) return;
    this.#crashSites.add(`${site}/${stage}`);
    this.#count("crash");
    if (this.#isStopping) this.#count("crash while stopping");
    incarnation.cut();
    this.#faults.controller("down", this.#scheduler.nowMs);
    this.#scheduler.after(1_000 + this.#random.around(30_000), () => this.#compose());
  }

  #upset(upheaval: Upheaval): void {
    if ("pool" in upheaval) {
      this.#drain(upheaval.pool, upheaval.kind === "drain");
      return;
    }
    const { kind, retiredPool } = upheaval;
    const pool = retiredPool === undefined ? undefined : this.#scenario.pools[retiredPool];
    if (pool !== undefined && retiredPool !== undefined) {
      this.#retiredPools.add(pool.name);
      this.#feed.retire(retiredPool);
    }
    if (kind === "restart") this.#restart();
    else if (this.#incarnation !== undefined) this.#crash(this.#incarnation, "anywhere", "before");
  }

  /** What `drover drain` does; nobody can while the controller is down, and its next life begins undrained. */
  #drain(index: number, isDrained: boolean): void {
    const name = this.#scenario.pools[index]?.name ?? "";
    const pool = this.#engine?.pools.get(name);
    if (pool === undefined || this.#incarnation?.isCut !== false || this.#isStopping) return;
    if (this.#retiredPools.has(name)) return;
    pool.setDrained(isDrained);
    if (isDrained) this.#closedSinceMs.set(name, this.#scheduler.nowMs);
    else this.#closedSinceMs.delete(name);
    this.#faults.drain(name, isDrained, this.#scheduler.nowMs);
  }

  /** An orderly end and a new start, as an upgrade does it. */
  #restart(): void {
    const incarnation = this.#incarnation;
    const engine = this.#engine;
    if (incarnation === undefined || engine === undefined || incarnation.isCut || this.#isStopping) return;
    this.#count("restart");
    this.#faults.controller("down", this.#scheduler.nowMs);
    this.#isStopping = true;
    const nowMs = this.#scheduler.nowMs;
    for (const { name } of this.#scenario.pools) this.#closedSinceMs.set(name, this.#closedSinceMs.get(name) ?? nowMs);
    const wasHealthy = this.#faults.isHealthy(nowMs);
    // A crash in the middle cuts the stop off too: it never resolves then.
    void engine.stop().then(() => {
      if (wasHealthy && this.#faults.isHealthy(this.#scheduler.nowMs)) this.#checkStop();
      incarnation.cut();
      this.#scheduler.after(500, () => this.#compose());
    });
  }

  /** What an orderly stop leaves although nothing was in its way. */
  #checkStop(): void {
    const owner = `drover-${this.#incarnationCount}`;
    for (const { name, session } of this.#model.scaleSets.all()) {
      if (session?.ownerName === owner) this.#rules.broken("a stop gives its sessions back", `${name} still has one`);
    }
    const [idle] = this.#lives.idle();
    if (idle !== undefined) this.#rules.broken("a stop leaves no idle runner", `${idle.spec.runner} waits for jobs`);
  }

  /** What happens by the clock: faults that strike whole sets, and the rule that no fitting job waits. */
  #everyMinute(): void {
    this.#scheduler.after(minuteMs, () => {
      if (this.#faults.strikes("controller-restarts", 0.05)) this.#restart();
      if (this.#faults.strikes("F13-scale-set-vanishes", 0.05)) this.#faults.again("F13-scale-set-vanishes");
      if (this.#faults.strikes("F12-session-conflict", 0.1)) this.#faults.again("F12-session-conflict");
      const waiting = this.#feed.overdue(waitBoundMs, this.#faults.lastTroubleMs, (pool) => this.#placesOf(pool));
      if (waiting !== undefined && this.#faults.isCalm)
        this.#rules.broken("no fitting job waits beyond the bound", waiting);
      this.#compareBeliefs();
      this.#checkPromptness();
      this.#everyMinute();
    });
  }

  #compareBeliefs(): void {
    if (this.#engine === undefined) return;
    for (const { state } of this.#engine.pools.values()) if (state.hold !== undefined) this.#count("hold");
    if (!this.#faults.isCalm) return this.#beliefs.forget();
    const wrong = this.#beliefs.overdue(this.#engine, this.#scheduler.nowMs, this.#faults.lastTroubleMs);
    if (wrong !== undefined) this.#rules.broken("no belief stays wrong beyond its bound", wrong);
  }

  #checkPromptness(): void {
    if (this.#engine === undefined) return;
    const { calmSinceMs } = this.#faults;
    const lacking = this.#promptness.lacking(this.#engine, this.#scheduler.nowMs, calmSinceMs);
    if (lacking !== undefined) this.#rules.broken("in calm, a job's runner is launched at once", lacking);
    const failure = this.#promptness.needlessFailure(this.#engine, this.#scheduler.nowMs, calmSinceMs);
    if (failure !== undefined) this.#rules.broken("in calm, no launch fails", failure);
    if (calmSinceMs === undefined) return;
    const overdue = this.#lives.overdue(overdueBoundMs, calmSinceMs);
    if (overdue !== undefined) this.#rules.broken("a job past its deadline is ended", overdue.spec.runner);
  }

  #poolOf(scaleSetId: number): string | undefined {
    for (const { id, name } of this.#model.scaleSets.all()) if (id === scaleSetId) return name;
    return undefined;
  }

  #watchModel(): void {
    const dueAtMs = this.#model.nextDeadlineMs();
    if (dueAtMs === undefined || (this.#modelDueAtMs !== undefined && this.#modelDueAtMs <= dueAtMs)) return;
    this.#modelDueAtMs = dueAtMs;
    this.#scheduler.at(dueAtMs, () => {
      if (this.#modelDueAtMs !== dueAtMs) return;
      this.#modelDueAtMs = undefined;
      this.#model.advance();
      this.#watchModel();
    });
  }

  /** What is not as it should be for good; undefined when the world is at rest. */
  #unrest(): string | undefined {
    const unfinished = this.#feed.unfinished();
    if (unfinished !== undefined) return unfinished;
    if (this.#incarnation === undefined || this.#incarnation.isCut || this.#isStopping) return "the controller is down";
    const spares = new Map(this.#scenario.pools.map(({ name }) => [name, this.#sparesOf(name)]));
    const names = new Set<string>();
    for (const provider of this.#providers) {
      for (const { spec, phase } of provider.instances.values()) {
        if (phase === "ended") return `${spec.runner} has ended and is not cleaned up at ${provider.name}`;
        names.add(spec.runner);
        spares.set(spec.pool, (spares.get(spec.pool) ?? 0) - 1);
      }
    }
    for (const [pool, left] of spares) {
      if (left > 0) return `${pool} lacks ${left} of its idle spares`;
      if (left < 0) return `${pool} has ${-left} instances more than its idle spares`;
    }
    for (const scaleSet of this.#model.scaleSets.all()) {
      for (const runner of scaleSet.runners.values()) {
        if (!names.has(runner.name)) return `${runner.name} is registered at GitHub and has no instance`;
      }
      if (scaleSet.runners.size !== this.#sparesOf(scaleSet.name)) {
        return `${scaleSet.name} has ${scaleSet.runners.size} registrations`;
      }
      if (scaleSet.log.size > 0 && !this.#retiredPools.has(scaleSet.name)) {
        return `${scaleSet.name} has ${scaleSet.log.size} messages that nobody acknowledged`;
      }
      if (scaleSet.session === undefined && !this.#retiredPools.has(scaleSet.name))
        return `${scaleSet.name} has no session`;
    }
    return undefined;
  }

  /** How many idle runners the pool keeps at rest. */
  #sparesOf(pool: string): number {
    if (this.#retiredPools.has(pool)) return 0;
    return this.#scenario.pools.find(({ name }) => name === pool)?.minIdle ?? 0;
  }

  #liveIn(pool: string): number {
    let live = 0;
    for (const provider of this.#providers) {
      for (const { spec, phase } of provider.instances.values()) {
        if (spec.pool === pool && spec.installation === worldInstallation && phase !== "ended") live += 1;
      }
    }
    return live;
  }

  #placesOf(pool: number): { readonly live: number; readonly working: number; readonly max: number } {
    const plan = this.#scenario.pools[pool];
    // A pool that may launch nothing has no places to wait for.
    if (plan === undefined || this.#closedSinceMs.has(plan.name)) return { live: 0, working: 0, max: 0 };
    return { ...this.#placesIn(plan.name), max: plan.max };
  }

  #placesIn(pool: string): { readonly live: number; readonly working: number } {
    let working = 0;
    for (const provider of this.#providers) {
      for (const instance of provider.instances.values()) {
        if (instance.spec.pool === pool && this.#lives.jobOn(instance) !== undefined) working += 1;
      }
    }
    return { live: this.#liveIn(pool), working };
  }

  #count(name: string): void {
    this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + 1);
  }
}
