import type { SeededRandom } from "./seeded-random.ts";

/** Something that happens at one instant of the world. */
export interface WorldEvent {
  readonly atMs: number;
  /** Drawn from the seed: decides between two events of one instant, which is where interleavings come from. */
  readonly tie: number;
  readonly sequence: number;
  /** Undefined once it was cancelled. */
  run: (() => void) | undefined;
  /** Tells before it runs whether it can settle a promise; one that cannot needs no quiescence after it. */
  readonly isSilent: (() => boolean) | undefined;
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

  after(delayMs: number, run: () => void, isSilent?: () => boolean): WorldEvent {
    return this.at(this.#nowMs + Math.max(0, delayMs), run, isSilent);
  }

  at(atMs: number, run: () => void, isSilent?: () => boolean): WorldEvent {
    this.#sequence += 1;
    const event: WorldEvent = {
      atMs: Math.max(this.#nowMs, atMs),
      tie: this.#ties.bits(),
      sequence: this.#sequence,
      run,
      isSilent,
    };
    this.#push(event);
    return event;
  }

  /** Runs events until one may have settled a promise; false when nothing will happen before `untilMs`. */
  next(untilMs: number): boolean {
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.atMs > untilMs) return false;
      this.#pop();
      if (event.run === undefined) continue;
      this.#nowMs = event.atMs;
      this.handledCount += 1;
      const isSilent = event.isSilent?.() ?? false;
      event.run();
      if (!isSilent) return true;
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
