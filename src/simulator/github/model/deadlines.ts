/** Something that happens at an instant unless it is cancelled first. */
export interface Deadline {
  readonly atMs: number;
  /** Repeating the call does nothing. */
  cancel(): void;
}

class Entry implements Deadline {
  readonly atMs: number;
  readonly order: number;
  fire: (() => void) | undefined;
  readonly #onCancel: () => void;

  constructor(atMs: number, order: number, fire: () => void, onCancel: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.fire = fire;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    if (this.fire === undefined) return;
    this.fire = undefined;
    this.#onCancel();
  }
}

/**
 * Everything that waits for time in the model: a binary heap by instant, then by the order of asking. It holds no timer: a
 * front asks `nextMs`, waits in its own way and calls `fireDue`.
 */
export class Deadlines {
  #heap: Entry[] = [];
  #order = 0;
  #cancelledCount = 0;
  #onEarlier: (() => void) | undefined;

  /** Calls back whenever the next deadline comes nearer, so that whoever sleeps until it sleeps less. One listener. */
  whenEarlier(listener: () => void): void {
    this.#onEarlier = listener;
  }

  at(atMs: number, fire: () => void): Deadline {
    const entry = new Entry(atMs, this.#order, fire, () => {
      this.#cancelledCount += 1;
      // Long polls cancel their deadline all the time; without this the heap would hold a window's worth of dead entries.
      if (this.#cancelledCount > 64 && this.#cancelledCount * 2 > this.#heap.length) this.#sweep();
    });
    this.#order += 1;
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    if (this.#heap[0] === entry) this.#onEarlier?.();
    return entry;
  }

  /** The instant of the next deadline, or undefined when nothing waits. */
  nextMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.atMs;
  }

  /** Takes the next deadline that is due at `nowMs`; the caller fires it. */
  takeDue(nowMs: number): { readonly atMs: number; readonly fire: () => void } | undefined {
    this.#dropCancelled();
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs || first.fire === undefined) return undefined;
    const { atMs, fire } = first;
    this.#pop();
    // A deadline that has fired must not count as cancelled later.
    first.fire = undefined;
    return { atMs, fire };
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.fire === undefined) {
      this.#pop();
      this.#cancelledCount -= 1;
    }
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((entry) => entry.fire !== undefined).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#cancelledCount = 0;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    const heap = this.#heap;
    const entry = heap[start] as Entry;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Entry;
      if (!before(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #down(start: number): void {
    const heap = this.#heap;
    const entry = heap[start] as Entry;
    let index = start;
    for (;;) {
      let childIndex = index * 2 + 1;
      if (childIndex >= heap.length) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && before(right, heap[childIndex] as Entry)) childIndex += 1;
      const child = heap[childIndex] as Entry;
      if (!before(child, entry)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
