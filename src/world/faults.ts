import { CapacityError, LaunchError, TransportError } from "../core/ports/errors.ts";
import type { FaultBoard } from "../simulator/faults/fault-board.ts";
import type { CallFate } from "./ports/gate.ts";
import { crashStages, type CrashStage } from "./ports/gate.ts";
import { crashableSites } from "./ports/port-calls.ts";
import { harmlessFaults, ownFaults, type FaultKind, type FaultPlan } from "./seed/fault-kinds.ts";
import type { RunnerFates } from "./github/runner-lives.ts";
import type { SeededRandom } from "./time/seeded-random.ts";

const quickMs = 20;
/** What trouble left behind is cleaned up by then. */
const recoveryMs = 15 * 60_000;
/** A crash that waits for a call that does not come strikes any call after so many. */
const crashPatience = 600;

/** The trouble of one seed: which faults are on now, and what they do to each call. */
export class Faults implements RunnerFates {
  readonly #active = new Map<FaultKind, number>();
  readonly #random: SeededRandom;
  readonly #board: FaultBoard;
  readonly #struck = new Map<string, number>();
  /** Chance, at any one port call, that a crash is planned; tuned so that a seed with this fault sees several. */
  readonly #crashChance: number;
  /** Waits as long as it takes. */
  #seldomCrash: { readonly site: string; readonly stage: CrashStage } | undefined;
  #hasCalled = false;
  #plannedCrash: { readonly site: string; readonly stage: CrashStage; patience: number } | undefined;
  /** Spans in which jobs may be delayed, in order; the last one may still be open. */
  readonly #troubles: { readonly fromMs: number; toMs: number }[] = [];
  #isDown = true;
  readonly #drained = new Set<string>();
  #sickUntilMs = Number.NEGATIVE_INFINITY;

  constructor(random: SeededRandom, board: FaultBoard, crashChance = 0.004) {
    this.#board = board;
    this.#random = random;
    this.#crashChance = crashChance;
  }

  get struck(): ReadonlyMap<string, number> {
    return this.#struck;
  }

  get isPeaceful(): boolean {
    return this.#active.size === 0;
  }

  /** No fault is on that could delay a job, and the controller is up. */
  get isCalm(): boolean {
    if (this.#isDown || this.#drained.size > 0) return false;
    for (const kind of this.#active.keys()) if (!harmlessFaults.has(kind)) return false;
    return true;
  }

  /** When the last trouble ended that could delay a job. */
  get lastTroubleMs(): number {
    return this.#troubles.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Since when nothing is on that could delay a job; undefined while something is. */
  get calmSinceMs(): number | undefined {
    return this.isCalm ? Math.max(0, this.lastTroubleMs) : undefined;
  }

  wasTroubled(fromMs: number, toMs: number): boolean {
    return this.#troubles.some((trouble) => trouble.fromMs <= toMs && trouble.toMs >= fromMs);
  }

  /** Nothing of GitHub, the providers or the runners is or was in trouble lately: an orderly stop has no excuse. */
  isHealthy(nowMs: number): boolean {
    return !this.#isSick() && nowMs - this.#sickUntilMs >= recoveryMs;
  }

  #isSick(): boolean {
    for (const kind of this.#active.keys()) if (!ownFaults.has(kind)) return true;
    return false;
  }

  /** The operator drains a pool, or it takes runners again. */
  drain(pool: string, isDrained: boolean, nowMs: number): void {
    if (isDrained) this.#drained.add(pool);
    else this.#drained.delete(pool);
    this.#noteTrouble(nowMs);
  }

  /** The controller went down or stops, or is up again. */
  controller(state: "down" | "up", nowMs: number): void {
    this.#isDown = state === "down";
    this.#noteTrouble(nowMs);
  }

  begin(plan: FaultPlan, nowMs: number): void {
    this.#active.set(plan.kind, plan.weight);
    this.#noteTrouble(nowMs);
    this.#turn(plan.kind, plan.weight);
    if (plan.kind === "controller-crashes") {
      this.#plannedCrash = this.#planCrash(this.#hasCalled ? crashableSites : sitesOfTheStart);
    }
  }

  end(kind: FaultKind, nowMs: number): void {
    if (!this.#active.has(kind)) return;
    if (this.#isSick()) this.#sickUntilMs = nowMs;
    this.#active.delete(kind);
    this.#noteTrouble(nowMs);
    this.#turn(kind, 0);
  }

  #noteTrouble(nowMs: number): void {
    const last = this.#troubles.at(-1);
    const isOpen = last?.toMs === Number.POSITIVE_INFINITY;
    if (this.isCalm) {
      if (isOpen) last.toMs = nowMs;
    } else if (!isOpen) this.#troubles.push({ fromMs: nowMs, toMs: Number.POSITIVE_INFINITY });
  }

  weight(kind: FaultKind): number {
    return this.#active.get(kind) ?? 0;
  }

  /** Whether the fault strikes here; counted. */
  strikes(kind: FaultKind, share = 1): boolean {
    const weight = this.#active.get(kind);
    if (weight === undefined || !this.#random.chance(weight * share)) return false;
    this.#struck.set(kind, (this.#struck.get(kind) ?? 0) + 1);
    return true;
  }

  /** What one port call suffers. */
  fate(port: string, call: string): CallFate {
    const random = this.#random;
    this.#hasCalled = true;
    const base = { thereMs: quickMs * random.next() + 1, backMs: quickMs * random.next() + 1 };
    const crash = this.#active.has("controller-crashes") ? this.#crashAt(siteOf(port, call)) : undefined;
    const fate: CallFate = crash === undefined ? base : { ...base, crash };
    if (port === "github") return this.#githubFate(fate);
    if (port === "journal") {
      return this.strikes("journal-fails") ? { ...fate, refuseWith: new Error("no space left on device") } : fate;
    }
    return this.#providerFate({ ...fate, thereMs: fate.thereMs * 5, backMs: fate.backMs * 5 }, call);
  }

  bootFails(): boolean {
    return this.strikes("boot-fails");
  }
  bootNeverEnds(): boolean {
    return this.strikes("boot-never-ends");
  }
  diesIdle(): boolean {
    return this.strikes("runner-dies-idle");
  }
  diesAtWork(): boolean {
    return this.strikes("runner-dies-at-work");
  }

  registrationForgotten(): boolean {
    return this.strikes("registration-forgotten");
  }

  /** Begins a fault that strikes at one instant once more, while it is on. */
  again(kind: FaultKind): void {
    const weight = this.#active.get(kind);
    if (weight !== undefined) this.#turn(kind, weight);
  }

  /** Crashes are planned for a call by name, or the frequent calls would get them all. */
  #crashAt(site: string): CrashStage | undefined {
    if (site === rarestCalled && this.#random.chance(0.5)) return this.#random.pick(crashStages);
    const seldom = (this.#seldomCrash ??= this.#planCrash(seldomCalled));
    if (seldom.site === site) {
      this.#seldomCrash = undefined;
      return seldom.stage;
    }
    if (this.#plannedCrash === undefined && !this.#random.chance(this.#crashChance)) return undefined;
    const planned = (this.#plannedCrash ??= this.#planCrash());
    planned.patience -= 1;
    if (planned.site !== site && planned.patience > 0) return undefined;
    this.#plannedCrash = undefined;
    return planned.stage;
  }

  #planCrash(sites: readonly string[] = crashableSites): {
    readonly site: string;
    readonly stage: CrashStage;
    patience: number;
  } {
    return { site: this.#random.pick(sites), stage: this.#random.pick(crashStages), patience: crashPatience };
  }

  #githubFate(fate: CallFate): CallFate {
    if (this.strikes("github-unreachable", 0.5)) {
      const refused = new TransportError("connection refused");
      return this.#random.chance(0.5) ? { ...fate, refuseWith: refused } : { ...fate, loseAnswerWith: refused };
    }
    return fate;
  }

  #providerFate(fate: CallFate, call: string): CallFate {
    if (call === "launch") {
      if (this.strikes("launch-fails"))
        return { ...fate, refuseWith: new LaunchError("the image could not be pulled") };
      if (this.strikes("provider-full")) return { ...fate, refuseWith: new CapacityError("no machine is free") };
      if (this.strikes("launch-answer-lost")) {
        const reset = new Error("connection reset");
        // Drover cannot tell a request that was lost from an answer that was.
        const what = this.#random.integer(0, 2);
        return what === 0 ? { ...fate, refuseWith: reset } : { ...fate, loseAnswerWith: what === 1 ? "never" : reset };
      }
    }
    if (call === "stop" && this.strikes("stop-fails")) {
      const failure = new Error("the machine does not answer");
      return this.#random.chance(0.5) ? { ...fate, refuseWith: failure } : { ...fate, loseAnswerWith: failure };
    }
    if (call === "list" && this.strikes("list-fails")) return { ...fate, refuseWith: new Error("internal error") };
    return fate;
  }

  #turn(kind: FaultKind, weight: number): void {
    const name = platformFault(kind);
    if (name === undefined) return;
    if (weight === 0) this.#board.stop(name);
    else this.#board.start({ fault: name, ...(weightless.has(name) ? {} : { weight: startWeight(name, weight) }) });
  }
}

/** A call site's identity: the same for all providers. */
export function siteOf(port: string, call: string): string {
  return `${port === "github" || port === "journal" ? port : "provider"}.${call}`;
}

/** A call that most lives never make: every other one is a crash. */
const rarestCalled = "provider.log";
/** Calls that come a few times in a life: a crash waits for one of them beside the planned one. */
const seldomCalled = ["github.DELETE sessions", "github.PATCH sessions", "github.GET agents"];
/** What a first start calls, and hardly anything does later. */
const sitesOfTheStart = [
  "github.POST registration-token",
  "github.POST runner-registration",
  "github.GET scale-sets",
  "github.POST scale-sets",
  "github.POST sessions",
];

/** Faults without chance: they are on or off. */
const weightless = new Set(["F11", "F22"]);

/** The platform's own faults are played by the simulator's wrappers, by the same numbers as `drover sim fault`. */
function platformFault(kind: FaultKind): string | undefined {
  return /^(F\d+)-/.exec(kind)?.[1];
}

/** A fault that strikes scale sets when it begins strikes a part of them, and is begun again and again. */
function startWeight(name: string, weight: number): number {
  return name === "F12" || name === "F13" ? weight * 0.5 : name === "F23" ? weight * 0.3 : weight;
}
