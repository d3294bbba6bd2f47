/** Looking costs microseconds, and what is real lasts for many steps: so one step in so many is looked at. */
const stepsBetweenLooks = 16;

/**
 * Real timers, sockets, files and other handles that appear while a world runs: something yielded to the real event loop, and the seed
 * no longer decides alone. What the process had before the first step is not counted.
 */
export class Fence {
  readonly #before: number;
  #steps = 0;

  constructor() {
    this.#before = process.getActiveResourcesInfo().length;
  }

  /** After one step: the names of what is real, or undefined while nothing is but the steps' own immediates. */
  crossed(ownImmediates: number): string | undefined {
    this.#steps += 1;
    if (this.#steps % stepsBetweenLooks !== 0) return undefined;
    const now = process.getActiveResourcesInfo();
    return now.length > this.#before + ownImmediates ? now.join(", ") : undefined;
  }
}
