import type { Random } from "../../core/ports/random.ts";

/** sfc32: small, fast, and the same on every machine. Each `fork` is a stream of its own, so that one consumer never shifts another. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed >>> 0;
    this.#b = (Math.imul(stream, 0x9e3779b9) ^ 0x243f6a88) >>> 0;
    this.#c = 0xb7e15162;
    for (let round = 0; round < 12; round += 1) this.bits();
  }

  bits(): number {
    const sum = (((this.#a + this.#b) >>> 0) + this.#d) >>> 0;
    this.#d = (this.#d + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) >>> 0;
    this.#c = (this.#c + sum) >>> 0;
    return sum;
  }

  next(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** Exponential around `mean`, cut at twenty times the mean. */
  around(mean: number): number {
    return Math.min(mean * 20, -Math.log(1 - this.next()) * mean);
  }

  fork(stream: number): SeededRandom {
    return new SeededRandom(this.bits(), stream);
  }
}
