/** More references than any trial has; the oldest are forgotten. */
const headsMax = 1_000;

/** Where the branches and tags of all repositories stand, as far as pushes told. */
export class BranchHeads {
  readonly #heads = new Map<string, string>();

  /** Moves a reference. @returns the commit it stood at before, undefined for a new reference. */
  move(repository: string, ref: string, sha: string): string | undefined {
    const key = `${repository.toLowerCase()} ${ref}`;
    const before = this.#heads.get(key);
    this.#heads.delete(key);
    this.#heads.set(key, sha);
    if (this.#heads.size > headsMax) {
      const [oldest] = this.#heads.keys();
      if (oldest !== undefined) this.#heads.delete(oldest);
    }
    return before;
  }
}
