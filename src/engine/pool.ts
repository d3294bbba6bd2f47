import type { DemandSink } from "../core/ports/demand-source.ts";
import type { Fact } from "../core/ports/facts.ts";
import type { Provider } from "../core/ports/provider.ts";
import { demandOf, doubtfulJobs } from "../core/ledger/demand.ts";
import { capacityOf, plan, type Action, type PoolTarget } from "../core/pool/plan.ts";
import { afterSuccess, holdOf, probesAllowed } from "../core/pool/retry.ts";
import { idleSinceMs, isOver, noMisses, phaseOf, type EndingReason, type Runner } from "../core/runner/runner.ts";
import { Limiter } from "./limiter.ts";
import { leapAware, shiftInstants } from "./clock-leap.ts";
import { beginEnding } from "./ending.ts";
import { registered } from "./looking.ts";
import { Looks } from "./looks.ts";
import { finishedSinceCounted, lostAtWork, proofOf, ranToTheEnd } from "./testimony.ts";
import { launchRunner } from "./launch.ts";
import { releaseRunner } from "./release.ts";
import type { PoolContext } from "./pool-context.ts";
import type { EngineParts, PoolOptions, PoolPorts } from "./pool-options.ts";
import { PoolState } from "./pool-state.ts";
import { Wake } from "./wake.ts";

/** Launches and releases of one pool under way at once: a fraction of what all pools may have, so that calls which hang hold up their own pool. */
const callsAtOnce = 64;
/** How soon something that is due and cannot begin yet is looked at again. */
const overdueLookMs = 1_000;
/** How long names and counts may disagree before the names are doubted, or idle runners prove the count wrong. */
const disagreementMs = 600_000;

/**
 * The loop of one pool: observe, plan, apply. Events only wake it. Looking at providers and GitHub, launching and releasing run
 * beside it as bounded tasks, so that one slow call delays nobody; what they learn is in the state when the next pass plans.
 */
export class Pool {
  readonly options: PoolOptions;
  readonly state = new PoolState();
  readonly #parts: EngineParts;
  readonly #ports: PoolPorts;
  readonly #wake = new Wake();
  readonly #context: PoolContext;
  readonly #tasks = new Set<Promise<void>>();
  readonly #looks: Looks;
  /** What GitHub was last told. */
  #toldCapacity = 0;
  #drained = false;
  #stopping = false;

  constructor(options: PoolOptions, ports: PoolPorts, parts: EngineParts, signal: AbortSignal) {
    this.options = options;
    this.#ports = ports;
    const clock = leapAware(parts.clock, parts.pace.resyncMs, (byMs) => this.#leap(byMs));
    this.#parts = { ...parts, clock };
    this.state.source = { kind: "connecting", sinceMs: parts.clock.nowMs() };
    this.#context = {
      options,
      ports,
      parts: this.#parts,
      state: this.state,
      wake: this.#wake,
      limiter: new Limiter(callsAtOnce, parts.limiter),
      signal,
      isAccepting: () => this.isAccepting(),
      lookAtInstances: (provider) => this.lookAtInstances(provider),
      fail: (code, error) => this.#fail(code, error),
    };
    this.#looks = new Looks(this.#context, (look) => this.#keep(look));
  }

  get isDrained(): boolean {
    return this.#drained;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  isAccepting(): boolean {
    return !this.#drained && !this.#stopping && this.#ports.source !== undefined;
  }

  setDrained(drained: boolean): void {
    this.#drained = drained;
    this.#parts.recorder.record({ kind: drained ? "drained" : "resumed", pool: this.options.name });
    this.#wake.ring();
  }

  /** From now on nothing new starts and what is idle goes. */
  beginStopping(): void {
    this.#stopping = true;
    this.#wake.ring();
  }

  /** The provider's last list is outdated. */
  lookAtInstances(provider: string): void {
    this.#looks.outdate(provider);
    this.#wake.ring();
  }

  /** What the demand source tells and asks. */
  sink(): DemandSink {
    return {
      capacity: () => {
        this.#toldCapacity = this.state.capacity;
        return this.state.capacity;
      },
      accept: async (facts, { signal }) => {
        for (const fact of facts) this.#apply(fact);
        this.#wake.ring();
        await this.#parts.recorder.flush(signal);
      },
      report: (state) => {
        const before = this.state.source;
        const { name: pool } = this.options;
        if (state.kind === "retrying" && !(before.kind === "retrying" && before.code === state.code)) {
          this.#parts.recorder.record({ kind: state.code, pool, reason: state.message });
        } else if (state.kind === "connected" && before.kind !== "connected") {
          const { defect } = state;
          this.#parts.recorder.record({ kind: "connected", pool, ...(defect && { reason: defect.message }) });
        }
        this.state.source = state;
      },
    };
  }

  /** Runs until `signal` fires and the tasks under way are over. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pace } = this.#parts;
    while (!signal.aborted) {
      try {
        this.#looks.beginDue(signal);
        this.#step();
        this.state.settle("pass-failed");
      } catch (error) {
        // A defect of ours in one pool must not take the others along: it is shown, and the next pass begins afresh.
        this.#fail("pass-failed", error);
      }
      await this.#wake.wait(clock, Math.min(pace.resyncMs, this.#nextDueInMs()), signal);
    }
    await Promise.allSettled(this.#tasks);
  }

  /** Runners that are not over yet, for the end of the program. */
  remaining(): readonly Runner[] {
    return [...this.state.runners.values()];
  }

  #apply(fact: Fact): void {
    const { clock, recorder } = this.#parts;
    const nowMs = clock.nowMs();
    for (const { link, job, reason } of this.state.ledger.apply(fact, nowMs)) {
      const runner = job.state.kind === "running" || job.state.kind === "completed" ? job.state.runner : undefined;
      recorder.record({
        kind: link,
        pool: this.options.name,
        job: job.identity.jobId,
        ...(runner === undefined ? {} : { runner }),
        ...(reason === undefined ? {} : { reason }),
      });
    }
    if (fact.kind === "job-started") {
      const known = this.state.runners.get(fact.runner);
      if (known === undefined || known.assignment.kind === "over") return;
      if (known.registration.kind === "offline") registered(this.#context, fact.runner);
      this.state.retry = afterSuccess(this.state.retry);
      this.state.put({
        ...known,
        // Whoever took a job is connected, whatever the last list said.
        registration:
          known.registration.kind === "offline"
            ? { kind: "online", sinceMs: nowMs, misses: noMisses }
            : known.registration,
        assignment: { kind: "running", jobId: fact.job.jobId, sinceMs: nowMs, witness: "session" },
      });
    } else if (fact.kind === "job-completed" && fact.runner !== undefined) {
      this.state.endedWellAtMs.delete(fact.runner);
      this.state.update(fact.runner, (runner) =>
        runner.assignment.kind === "over"
          ? runner
          : { ...runner, assignment: { kind: "over", jobId: fact.job.jobId, result: fact.result, sinceMs: nowMs } },
      );
    }
  }

  #step(): void {
    const { state, options } = this;
    const { clock, recorder } = this.#parts;
    const nowMs = clock.nowMs();
    for (const runner of state.runners.values()) {
      if (!isOver(runner) || state.tasks.has(runner.name)) continue;
      const job = runner.assignment.kind === "none" ? undefined : runner.assignment.jobId;
      recorder.record({
        kind: "cleaned",
        pool: options.name,
        runner: runner.name,
        ...(job === undefined ? {} : { job }),
      });
      state.bury(runner.name, nowMs);
    }
    for (const jobId of doubtfulJobs(state.ledger, disagreementMs, proofOf(state, nowMs))) {
      state.ledger.doubt(jobId, nowMs);
      recorder.record({
        kind: "doubted",
        pool: options.name,
        job: jobId,
        reason: "GitHub's counts went on without it for ten minutes",
      });
    }
    const target = this.#target(nowMs);
    const planned = plan(target, {
      runners: state.runners.values(),
      nowMs,
      incarnation: this.#parts.incarnation,
      nextSerial: state.nextSerial,
      observed: options.placements.every(({ provider }) => state.seenProviders.has(provider)),
    });
    state.wanted = planned.wanted;
    for (const action of planned.actions) this.#begin(action);
    state.capacity = this.#capacity(target, nowMs);
    if (state.capacity > this.#toldCapacity) {
      this.#toldCapacity = state.capacity;
      this.#ports.source?.capacityRose?.();
    }
  }

  #target(nowMs: number): PoolTarget {
    const { state, options } = this;
    const idle = [...state.runners.values()].filter((runner) => phaseOf(runner) === "idle");
    state.demand = demandOf(state.ledger, {
      nowMs,
      finishedSinceCounted: finishedSinceCounted(state, nowMs),
      lostAtWork: lostAtWork(state, nowMs),
      ranToTheEnd: ranToTheEnd(state),
      idleSinceMs: idle.map(idleSinceMs),
      phantomMs: disagreementMs,
    });
    state.hold = holdOf(state.retry, nowMs, options.retries);
    const probing = probesAllowed(state.retry, nowMs, options.retries);
    return {
      pool: options.name,
      minIdle: options.minIdle,
      max: options.max,
      served: state.demand.served,
      idleGraceMs: options.idleGraceMs,
      deadlines: options.deadlines,
      accepting: this.isAccepting(),
      placements: options.placements.map(({ provider, max }) => ({
        provider,
        max,
        fullUntilMs: state.fullUntilMs.get(provider) ?? 0,
      })),
      launchAllowance:
        state.hold !== undefined ? 0 : Math.max(0, probing - [...state.runners.values()].filter(isStarting).length),
    };
  }

  #capacity(target: PoolTarget, nowMs: number): number {
    let present = 0;
    const byProvider = new Map<string, number>();
    for (const runner of this.state.runners.values()) {
      const phase = phaseOf(runner);
      if (phase !== "starting" && phase !== "idle" && phase !== "busy") continue;
      present += 1;
      if (runner.provider !== undefined) byProvider.set(runner.provider, (byProvider.get(runner.provider) ?? 0) + 1);
    }
    return capacityOf(target, present, byProvider, nowMs);
  }

  #begin(action: Action): void {
    const { state } = this;
    if (state.tasks.has(action.runner)) return;
    if (action.kind === "launch") {
      const provider = this.#provider(action.provider);
      if (provider === undefined) return;
      state.nextSerial += 1;
      this.#track(action.runner, launchRunner(this.#context, action.runner, provider), "launch-failed");
    } else {
      const { reason, forced } = action;
      this.#track(action.runner, releaseRunner(this.#context, action.runner, { reason, forced }), reason);
    }
  }

  #provider(name: string): Provider | undefined {
    return this.#parts.censuses.get(name)?.provider;
  }

  /** @param reason why the runner goes, should the task break off by a defect of ours: half an attempt is no capacity. */
  #track(runner: string, task: Promise<void>, reason: EndingReason): void {
    this.state.tasks.add(runner);
    const tracked = task
      .then(
        () => this.state.settle("task-failed"),
        (error: unknown) => {
          this.#fail("task-failed", error);
          beginEnding(this.#context, runner, { reason, forced: false }, messageOf(error));
        },
      )
      .finally(() => {
        this.state.tasks.delete(runner);
        this.#wake.ring();
      });
    this.#keep(tracked);
  }

  /** Until it is over: the pool's end waits for it. */
  #keep(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  #nextDueInMs(): number {
    const nowMs = this.#parts.clock.nowMs();
    let dueAtMs = this.state.hold?.untilMs ?? Number.POSITIVE_INFINITY;
    for (const { ending, name } of this.state.runners.values()) {
      if (ending !== undefined && !this.state.tasks.has(name)) dueAtMs = Math.min(dueAtMs, ending.retryAtMs);
    }
    for (const fullUntilMs of this.state.fullUntilMs.values()) {
      if (fullUntilMs > nowMs) dueAtMs = Math.min(dueAtMs, fullUntilMs);
    }
    dueAtMs = Math.min(dueAtMs, this.#looks.registryDueAtMs);
    // What is overdue waits for a look or a task that is under way, and that will ring: passing again at once would only spin.
    return dueAtMs > nowMs ? dueAtMs - nowMs : overdueLookMs;
  }

  /** Deadlines and waits are spans of time that was lived through, not hours of the day. */
  #leap(byMs: number): void {
    shiftInstants(this.state, byMs);
    this.#looks.shiftInstants(byMs);
    const seconds = Math.round(Math.abs(byMs) / 1_000);
    const what = byMs < 0 ? `was put back by ${seconds} s` : `leapt ${seconds} s ahead, or this program was paused`;
    this.#parts.recorder.record({ kind: "clock-leap", pool: this.options.name, reason: `the clock ${what}` });
  }

  #fail(code: string, error: unknown): void {
    if (this.#context.signal.aborted) return;
    this.state.raise(code, messageOf(error), this.#parts.clock.nowMs());
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isStarting(runner: Runner): boolean {
  return phaseOf(runner) === "starting";
}
