import type { Clock } from "../../src/core/ports/clock.ts";
import { Incarnation } from "../../src/world/time/incarnation.ts";
import { Scheduler } from "../../src/world/time/scheduler.ts";
import { SeededRandom } from "../../src/world/time/seeded-random.ts";

/** A clock that only moves when the test says so. */
export class VirtualTime {
  readonly #scheduler = new Scheduler(0, new SeededRandom(1));
  readonly clock: Clock = new Incarnation(1, this.#scheduler).clock;

  /** Lets everything happen that is due within `durationMs`, in order. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.#scheduler.nowMs + durationMs;
    await settled();
    while (this.#scheduler.next(untilMs)) await settled();
    this.#scheduler.skipTo(untilMs);
    await settled();
  }
}

/** Until every promise that can settle has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
