/** A run or a job that wants to be alone in its group. */
export interface Claimant {
  /** The group is free now. */
  granted(): void;
  /** A newer claimant took the place in the waiting line. */
  superseded(): void;
  /** A newer claimant asks for `cancel-in-progress`; the group is free once this one has released it. */
  interrupted(): void;
}

/** How a claimant enters its group. */
export interface ClaimTerms {
  readonly cancelInProgress: boolean;
  /** `queue: max`: wait behind those that wait already, instead of taking their place. */
  readonly waitsInLine: boolean;
}

interface Group {
  holder: Claimant;
  waiting: Claimant[];
}

/** With `queue: max` GitHub keeps this many waiting. */
const waitingMax = 100;

/**
 * Concurrency groups of all repositories: one holder each, and by default one waiting, which a newer one replaces.
 *
 * @see https://docs.github.com/actions/concepts/workflows-and-actions/concurrency
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /** Group names are compared without regard to case, within one repository; runs and jobs share them. */
  static key(repository: string, group: string): string {
    return `${repository.toLowerCase()}\n${group.toLowerCase()}`;
  }

  /** True: the claimant holds the group at once. False: it waits, and hears `granted` or `superseded`. */
  claim(key: string, claimant: Claimant, terms: ClaimTerms): boolean {
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, { holder: claimant, waiting: [] });
      return true;
    }
    const replaced = terms.waitsInLine && !terms.cancelInProgress ? [] : group.waiting;
    group.waiting = terms.waitsInLine && !terms.cancelInProgress ? [...group.waiting, claimant] : [claimant];
    const overflow = group.waiting.length > waitingMax ? group.waiting.splice(waitingMax) : [];
    const { holder } = group;
    for (const each of [...replaced, ...overflow]) each.superseded();
    if (terms.cancelInProgress) holder.interrupted();
    // The holder may have ended at once and handed the group over.
    return false;
  }

  /** The claimant is over, or no longer wants the group. */
  release(key: string, claimant: Claimant): void {
    const group = this.#groups.get(key);
    if (group === undefined) return;
    if (group.holder !== claimant) {
      group.waiting = group.waiting.filter((each) => each !== claimant);
      return;
    }
    const next = group.waiting.shift();
    if (next === undefined) {
      this.#groups.delete(key);
      return;
    }
    group.holder = next;
    next.granted();
  }
}
