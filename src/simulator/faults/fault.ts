import type { Router } from "../github/api/router.ts";
import type { GitHubModel } from "../github/model/github-model.ts";
import type { ModelRandom } from "../github/model/time-and-chance.ts";

/** What a fault works on. */
export interface FaultGround {
  readonly model: GitHubModel;
  readonly router: Router;
  /** Handed in, so that one seed strikes the same way again. */
  readonly random: ModelRandom;
}

export type OptionValue = number | string;

/** One option of a fault: its default gives its type. */
export interface FaultOption {
  /** "drawn" options say in `meaning` what they are drawn from when left out. */
  readonly default: OptionValue | undefined;
  readonly type: "number" | "text";
  readonly meaning: string;
}

export type FaultOptions = Readonly<Record<string, OptionValue | undefined>>;

/** One way in which the platform fails. */
export interface FaultKind {
  /** `F12`, or the name of a finer switch. */
  readonly name: string;
  readonly title: string;
  readonly options: Readonly<Record<string, FaultOption>>;
  /** Begins; the returned function heals. Both take effect at once. */
  readonly start: (ground: FaultGround, options: FaultOptions) => () => void;
}

export function numberOf(options: FaultOptions, name: string, otherwise: number): number {
  const value = options[name];
  return typeof value === "number" ? value : otherwise;
}

export function textOf(options: FaultOptions, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Uniform between two bounds. */
export function between(random: ModelRandom, low: number, high: number): number {
  return low + random.next() * (high - low);
}

/** How likely each chance is taken: the option that nearly every fault has. */
export const weightOption: FaultOption = {
  default: 1,
  type: "number",
  meaning: "Chance from 0 to 1 that each opportunity is taken.",
};

/**
 * Decides once per subject whether, and how, a fault strikes it: a runner that lags does not stop lagging when somebody
 * looks again.
 */
export function oncePer<Subject extends object, T>(decide: (subject: Subject) => T): (subject: Subject) => T {
  const decided = new WeakMap<Subject, { readonly value: T }>();
  return (subject) => {
    let known = decided.get(subject);
    if (known === undefined) {
      known = { value: decide(subject) };
      decided.set(subject, known);
    }
    return known.value;
  };
}
