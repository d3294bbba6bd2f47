import type { Pool } from "../engine/pool.ts";
import { phaseOf } from "../core/runner/runner.ts";

const minuteMs = 60_000;
/** One poll may be repeated with the number of a moment ago: after its token was renewed. Two in a row are no accident. */
const lapsesMax = 1;
/** So long after trouble no failure explains a capacity below the maximum. */
const aftermathMs = 20 * minuteMs;

/** What GitHub is told with each poll: never more than the pool can hold now, and all of it in calm. */
export class ToldCapacity {
  readonly #lapses = new Map<string, number>();

  /** Returns what is wrong with the capacity of a poll; undefined when nothing is. */
  judge(pool: Pool, told: number, nowMs: number, calmSinceMs: number | undefined): string | undefined {
    const { name, max } = pool.options;
    if (told > max) return `${name} told GitHub a capacity of ${told}, its maximum is ${max}`;
    const wrong = this.#untruth(pool, told, nowMs, calmSinceMs);
    const lapses = wrong === undefined ? 0 : (this.#lapses.get(name) ?? 0) + 1;
    this.#lapses.set(name, lapses);
    return lapses > lapsesMax ? wrong : undefined;
  }

  #untruth(pool: Pool, told: number, nowMs: number, calmSinceMs: number | undefined): string | undefined {
    const { name, max } = pool.options;
    const { hold, runners } = pool.state;
    if (!pool.isAccepting()) return told === 0 ? undefined : `${name} takes no runners and told a capacity of ${told}`;
    if (hold !== undefined && hold.untilMs > nowMs) {
      const present = [...runners.values()].filter((runner) => isPresent(phaseOf(runner))).length;
      return told > present
        ? `${name} holds its launches, has ${present} runners and told a capacity of ${told}`
        : undefined;
    }
    if (calmSinceMs === undefined || nowMs - calmSinceMs < aftermathMs || told === max) return undefined;
    return `${name} could make ${max} runners and told a capacity of ${told}`;
  }
}

function isPresent(phase: ReturnType<typeof phaseOf>): boolean {
  return phase === "starting" || phase === "idle" || phase === "busy";
}
