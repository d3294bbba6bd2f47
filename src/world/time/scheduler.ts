import type { SeededRandom } from "./seeded-random.ts";

/** Something that happens at one instant of the world. */
export interface WorldEvent {
  readonly atMs: number;
  /** Drawn from the seed: decides between two events of one instant, which is where interleavings come from. */
  readonly tie: number;
  readonly sequence: number;
  /** Undefined once it was cancelled. */
  run: (() => void) | undefined;
  /** True for events after which nothing waits, so that no promise can have been settled. */
  readonly silent: boolean;
}

/** One queue of everything that will happen, ordered by (instant, tie). A binary heap: the world's innermost loop. */
export class Scheduler {
  readonly #heap: WorldEvent[] = [];
  readonly #ties: SeededRandom;
  #nowMs: number;
  #sequence = 0;
  handledCount = 0;

  constructor(startMs: number, ties: SeededRandom) {
    this.#nowMs = startMs;
    this.#ties = ties;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get size(): number {
    return this.#heap.length;
  }

  after(delayMs: number, run: () => void, silent = false): WorldEvent {
    return this.at(this.#nowMs + Math.max(0, delayMs), run, silent);
  }

  at(atMs: number, run: () => void, silent = false): WorldEvent {
    this.#sequence += 1;
    const event: WorldEvent = {
      atMs: Math.max(this.#nowMs, atMs),
      tie: this.#ties.bits(),
      sequence: this.#sequence,
      run,
      silent,
    };
    this.#push(event);
    return event;
  }

  /** Takes the next event and runs it; undefined when nothing will ever happen again, or not before `untilMs`. */
  next(untilMs: number): WorldEvent | undefined {
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.atMs > untilMs) return undefined;
      this.#pop();
      if (event.run === undefined) continue;
      this.#nowMs = event.atMs;
      this.handledCount += 1;
      event.run();
      return event;
    }
  }

  /** Lets time pass without anything happening. */
  skipTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #push(event: WorldEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let smallest = heap[left];
      let at = left;
      const other = heap[right];
      if (smallest === undefined) break;
      if (other !== undefined && isBefore(other, smallest)) {
        smallest = other;
        at = right;
      }
      if (!isBefore(smallest, last)) break;
      heap[index] = smallest;
      index = at;
    }
    heap[index] = last;
  }
}

function isBefore(left: WorldEvent, right: WorldEvent): boolean {
  if (left.atMs !== right.atMs) return left.atMs < right.atMs;
  if (left.tie !== right.tie) return left.tie < right.tie;
  return left.sequence < right.sequence;
}
