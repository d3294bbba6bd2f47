/** One message of a scale set's queue. Its body never changes. */
export interface QueueMessage {
  readonly id: number;
  /** JSON text of an array of job messages. */
  readonly body: string;
}

/** The undeleted messages of one scale set, lowest id first. It belongs to the scale set and outlives every session. */
export class MessageLog {
  readonly #messages: QueueMessage[] = [];
  readonly #max: number;
  #nextId: number;

  /** @param max undeleted messages that are kept; beyond it the oldest is lost. */
  constructor(firstId: number, max: number) {
    this.#nextId = firstId;
    this.#max = max;
  }

  append(body: string): void {
    this.#messages.push({ id: this.#nextId, body });
    this.#nextId += 1;
    if (this.#messages.length > this.#max) this.#messages.shift();
  }

  /** The lowest message above `cursor`. Reading does not hide it from the next reader. */
  firstAfter(cursor: number): QueueMessage | undefined {
    return this.#messages[this.#indexAfter(cursor)];
  }

  /** Removes a message for ever. False when there is none with this id. */
  delete(id: number): boolean {
    const index = this.#indexAfter(id - 1);
    if (this.#messages[index]?.id !== id) return false;
    this.#messages.splice(index, 1);
    return true;
  }

  get size(): number {
    return this.#messages.length;
  }

  #indexAfter(cursor: number): number {
    let low = 0;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#messages[middle] as QueueMessage).id > cursor) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
