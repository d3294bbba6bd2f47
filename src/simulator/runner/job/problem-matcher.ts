import { asObject } from "../wire/json-fields.ts";

/** The parts of a problem that a group of a pattern may give. */
const parts = ["file", "line", "column", "severity", "code", "message", "fromPath"] as const;
type Part = (typeof parts)[number];

interface ProblemPattern {
  readonly expression: RegExp;
  /** The number of the group that gives each part. */
  readonly groups: ReadonlyMap<Part, number>;
  readonly loop: boolean;
}

/** A problem matcher as its file describes it. */
export interface ProblemMatcher {
  /** By it a matcher is replaced and removed, whatever its case. */
  readonly owner: string;
  /** Used where no pattern gives them. */
  readonly severity: string;
  readonly fromPath: string;
  readonly patterns: readonly ProblemPattern[];
}

/** What a matcher found; parts that no pattern gave are left out. */
export type Problem = ReadonlyMap<Part, string>;

/**
 * Reads the file that `::add-matcher::` names.
 *
 * @throws {Error} with the sentence GitHub's runner prints for the same mistake.
 * @see https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md
 */
export function readProblemMatchers(text: string): readonly ProblemMatcher[] {
  const listed = asObject(JSON.parse(text.replace(/^\uFEFF/u, "")))["problemMatcher"];
  const matchers = (Array.isArray(listed) ? listed : []).map((each) => readMatcher(asObject(each)));
  const owners = new Set<string>();
  for (const { owner } of matchers) {
    if (owners.has(owner.toLowerCase())) throw new Error(`Duplicate owner name '${owner}'`);
    owners.add(owner.toLowerCase());
  }
  return matchers;
}

function readMatcher(matcher: Readonly<Record<string, unknown>>): ProblemMatcher {
  const owner = textOf(matcher["owner"]);
  if (owner === "") throw new Error("Owner must not be empty");
  const severity = textOf(matcher["severity"]);
  if (!["", "error", "warning", "notice"].includes(severity.toLowerCase()))
    throw new Error(`Matcher '${owner}' contains unexpected default severity '${severity}'`);
  const listed = Array.isArray(matcher["pattern"]) ? matcher["pattern"] : [];
  if (listed.length === 0) throw new Error(`Matcher '${owner}' does not contain any patterns`);
  const patterns = listed.map((each) => readPattern(asObject(each)));
  checkLoop(patterns);
  checkParts(patterns);
  return { owner, severity, fromPath: textOf(matcher["fromPath"]), patterns };
}

function readPattern(pattern: Readonly<Record<string, unknown>>): ProblemPattern {
  const expression = new RegExp(textOf(pattern["regexp"]));
  const groups = new Map<Part, number>();
  for (const part of parts) {
    const group = pattern[part];
    if (group === undefined || group === null) continue;
    if (!Number.isInteger(group) || Number(group) < 0 || Number(group) >= groupCount(expression))
      throw new Error(`The property '${part}' is set to ${JSON.stringify(group)} which is out of range`);
    groups.set(part, Number(group));
  }
  return { expression, groups, loop: pattern["loop"] === true };
}

/** Groups of an expression, the whole match counted: an alternative that matches nothing tells. */
function groupCount(expression: RegExp): number {
  return new RegExp(`${expression.source}|`).exec("")?.length ?? 1;
}

function checkLoop(patterns: readonly ProblemPattern[]): void {
  for (const [index, pattern] of patterns.entries()) {
    if (!pattern.loop) continue;
    if (index === 0 || index < patterns.length - 1)
      throw new Error("Only the last pattern in a multiline matcher may set 'loop'");
    if (!pattern.groups.has("message")) throw new Error("The loop pattern must set 'message'");
  }
}

function checkParts(patterns: readonly ProblemPattern[]): void {
  const set = new Set<Part>();
  for (const part of patterns.flatMap((pattern) => [...pattern.groups.keys()])) {
    if (set.has(part)) throw new Error(`The property '${part}' is set twice`);
    set.add(part);
  }
  if (!set.has("message")) throw new Error("At least one pattern must set 'message'");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** One matcher at work on the output of one step: patterns of several lines remember how far they are. */
export class MatcherRun {
  readonly matcher: ProblemMatcher;
  /** What the first n + 1 patterns found in the lines before. */
  #found: (Problem | undefined)[] = [];

  constructor(matcher: ProblemMatcher) {
    this.matcher = matcher;
  }

  reset(): void {
    this.#found = [];
  }

  /** The problem that ends with this line, or undefined. */
  match(line: string): Problem | undefined {
    const { patterns } = this.matcher;
    const last = patterns.length - 1;
    // From the last pattern to the first, so that a line continues a match before it begins another.
    for (let index = last; index >= 0; index -= 1) {
      const before = index === 0 ? new Map<Part, string>() : this.#found[index - 1];
      const pattern = patterns[index];
      if (before === undefined || pattern === undefined) continue;
      const match = pattern.expression.exec(line);
      if (index < last) {
        this.#found[index] = match === null ? undefined : merged(before, pattern, match);
      } else if (match === null) {
        if (index > 0) this.#found[index - 1] = undefined;
      } else {
        this.reset();
        if (pattern.loop) this.#found[index - 1] = before;
        return this.#withDefaults(merged(before, pattern, match));
      }
    }
    return undefined;
  }

  #withDefaults(problem: Map<Part, string>): Problem {
    for (const part of ["severity", "fromPath"] as const) {
      if ((problem.get(part) ?? "") === "") problem.set(part, this.matcher[part]);
    }
    return problem;
  }
}

function merged(before: Problem, pattern: ProblemPattern, match: RegExpExecArray): Map<Part, string> {
  const problem = new Map(before);
  for (const [part, group] of pattern.groups) {
    if (!problem.has(part)) problem.set(part, match[group] ?? "");
  }
  return problem;
}
