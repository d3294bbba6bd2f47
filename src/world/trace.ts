/**
 * The trace of one seed: a line per port call and answer. Only its hash is kept unless lines are asked for, because building text that
 * nobody reads would cost more than the world itself.
 */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x1b873593;
  readonly lines: string[] | undefined;
  count = 0;

  constructor(options: { readonly keepLines: boolean }) {
    this.lines = options.keepLines ? [] : undefined;
  }

  note(atMs: number, incarnation: number, port: string, what: string, outcome: string): void {
    this.count += 1;
    this.#number(atMs);
    this.#number(incarnation);
    this.#text(port);
    this.#text(what);
    this.#text(outcome);
    this.lines?.push(`${atMs} #${incarnation} ${port} ${what} -> ${outcome}`);
  }

  /** 64 bits in hexadecimal. */
  hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, "0") + (this.#low >>> 0).toString(16).padStart(8, "0");
  }

  #number(value: number): void {
    this.#mix(value >>> 0);
    this.#mix(Math.floor(value / 0x1_0000_0000) >>> 0);
    // Latencies have fractions; equal hashes must mean equal instants.
    this.#mix(Math.floor((value % 1) * 0x1_0000_0000) >>> 0);
  }

  #text(value: string): void {
    for (let index = 0; index < value.length; index += 1) {
      this.#low = Math.imul(this.#low ^ value.charCodeAt(index), 0x01000193);
    }
    this.#mix(value.length);
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#high = Math.imul((this.#high ^ this.#low) + 0x7f4a7c15, 0x85ebca6b);
    this.#high ^= this.#high >>> 13;
  }
}
