import { CapacityError, LaunchError, TransportError } from "../core/ports/errors.ts";
import type { GitHubModel } from "../simulator/github/model/github-model.ts";
import type { CallFate } from "./ports/gate.ts";
import { crashStages } from "./ports/gate.ts";
import type { FaultKind, FaultPlan } from "./seed/fault-kinds.ts";
import type { RunnerFates } from "./github/runner-lives.ts";
import type { SeededRandom } from "./time/seeded-random.ts";

const quickMs = 20;

/** The trouble of one seed: which faults are on now, and what they do to each call. */
export class Faults implements RunnerFates {
  readonly #active = new Map<FaultKind, number>();
  readonly #random: SeededRandom;
  readonly #struck = new Map<string, number>();
  /** Chance of a crash at any one port call; tuned so that a seed with this fault sees a few. */
  readonly #crashChance: number;
  /** When the last fault ended or struck, for bounds that only hold in peace. */
  lastTroubleMs = Number.NEGATIVE_INFINITY;

  constructor(random: SeededRandom, crashChance = 0.002) {
    this.#random = random;
    this.#crashChance = crashChance;
  }

  get struck(): ReadonlyMap<string, number> {
    return this.#struck;
  }

  get isPeaceful(): boolean {
    return this.#active.size === 0;
  }

  begin(plan: FaultPlan, model: GitHubModel, nowMs: number): void {
    this.#active.set(plan.kind, plan.weight);
    this.lastTroubleMs = nowMs;
    this.#turn(plan.kind, plan.weight, model);
  }

  end(kind: FaultKind, model: GitHubModel, nowMs: number): void {
    if (!this.#active.delete(kind)) return;
    this.lastTroubleMs = nowMs;
    this.#turn(kind, 0, model);
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
    const base = { thereMs: quickMs * random.next() + 1, backMs: quickMs * random.next() + 1 };
    const crash =
      this.#active.has("controller-crashes") && random.chance(this.#crashChance)
        ? { crash: random.pick(crashStages) }
        : {};
    const fate: CallFate = { ...base, ...crash };
    if (port === "github") return this.#githubFate(fate, call);
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
  hangsAfterJob(): boolean {
    return this.strikes("F5-runner-hangs-after-job");
  }

  #githubFate(fate: CallFate, call: string): CallFate {
    if (this.strikes("github-unreachable", 0.5)) {
      const refused = new TransportError("connection refused");
      return this.#random.chance(0.5) ? { ...fate, refuseWith: refused } : { ...fate, loseAnswerWith: refused };
    }
    if (call.startsWith("POST") && this.strikes("F24-answer-lost")) {
      const lost = new TransportError("connection reset after the request was sent");
      return { ...fate, loseAnswerWith: this.#random.chance(0.8) ? lost : "never" };
    }
    if (call === "GET queue" && this.strikes("F23-poll-hangs-or-is-empty", 0.3)) {
      return { ...fate, loseAnswerWith: "never" };
    }
    return fate;
  }

  #providerFate(fate: CallFate, call: string): CallFate {
    if (call === "launch") {
      if (this.strikes("launch-fails"))
        return { ...fate, refuseWith: new LaunchError("the image could not be pulled") };
      if (this.strikes("provider-full")) return { ...fate, refuseWith: new CapacityError("no machine is free") };
      if (this.strikes("launch-answer-lost")) {
        return { ...fate, loseAnswerWith: this.#random.chance(0.5) ? "never" : new Error("connection reset") };
      }
    }
    if (call === "list" && this.strikes("list-fails")) return { ...fate, refuseWith: new Error("internal error") };
    return fate;
  }

  /** Faults that are the service's own behaviour are switches of the model; turning one back heals at once. */
  #turn(kind: FaultKind, weight: number, model: GitHubModel): void {
    const { behaviour } = model.kernel;
    const on = weight > 0;
    switch (kind) {
      case "F1-busy-lags":
        behaviour.busyLagMs = () => (on ? 60_000 : 0);
        break;
      case "F9-cancelled-slot-lingers":
        behaviour.cancelledJobLingers = on ? () => this.strikes("F9-cancelled-slot-lingers") : () => false;
        if (!on) model.settleLingeringJobs();
        break;
      case "F10-assignment-lapses":
        behaviour.assignTimeoutMs = () => (on ? 30_000 : undefined);
        break;
      case "F11-messages-cut":
        behaviour.messageJobsMax = on ? 2 : undefined;
        break;
      case "F22-tokens-expire-early":
        behaviour.tokenLifetimeCapMs = on ? 600_000 : Number.POSITIVE_INFINITY;
        break;
      default:
        break;
    }
  }
}
