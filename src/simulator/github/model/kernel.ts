import { type Behaviour, soundBehaviour } from "./behaviour.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";
import type { Effect } from "./effect.ts";
import type { Flavour, ServiceLimits } from "./options.ts";
import type { ScaleSet } from "./records.ts";
import type { ModelClock, ModelRandom } from "./time-and-chance.ts";

/** What every part of the model shares: time, chance, switches, deadlines and the effects not yet told. */
export class Kernel {
  readonly random: ModelRandom;
  readonly flavour: Flavour;
  readonly limits: ServiceLimits;
  readonly behaviour: Behaviour = soundBehaviour();
  readonly deadlines = new Deadlines();
  readonly effects: Effect[] = [];
  /** Scale sets whose jobs, runners, polls or messages changed and have to be looked at before the command ends. */
  readonly touched = new Set<ScaleSet>();
  readonly #clock: ModelClock;
  #pinnedMs: number | undefined;

  constructor(options: {
    readonly clock: ModelClock;
    readonly random: ModelRandom;
    readonly flavour: Flavour;
    readonly limits: ServiceLimits;
  }) {
    this.#clock = options.clock;
    this.random = options.random;
    this.flavour = options.flavour;
    this.limits = options.limits;
  }

  nowMs(): number {
    return this.#pinnedMs ?? this.#clock.nowMs();
  }

  after(durationMs: number, fire: () => void): Deadline {
    return this.deadlines.at(this.nowMs() + durationMs, fire);
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  /**
   * Fires everything that is due, each at the instant it was due at, even if the clock was read late: a clock that jumps an
   * hour gives the same history as one that ticks.
   */
  fireDue(afterEach: () => void): void {
    const nowMs = this.#clock.nowMs();
    for (let due = this.deadlines.takeDue(nowMs); due !== undefined; due = this.deadlines.takeDue(nowMs)) {
      this.#pinnedMs = due.atMs;
      try {
        due.fire();
        afterEach();
      } finally {
        this.#pinnedMs = undefined;
      }
    }
  }
}
