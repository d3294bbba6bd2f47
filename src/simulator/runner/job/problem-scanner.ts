import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { MatcherRun, type Problem, type ProblemMatcher } from "./problem-matcher.ts";
import type { IssueLevel, IssuePlace, StepConsole } from "./step-console.ts";

/** The matchers of a job: steps add and remove them for themselves and all that follow. */
export class JobMatchers {
  #all: readonly ProblemMatcher[] = [];

  get all(): readonly ProblemMatcher[] {
    return this.#all;
  }

  /** The latest are asked first, and take the place of others of the same owner. */
  add(matchers: readonly ProblemMatcher[]): void {
    this.#all = [...matchers, ...this.#without(matchers.map((each) => each.owner))];
  }

  remove(owners: readonly string[]): void {
    this.#all = this.#without(owners);
  }

  #without(owners: readonly string[]): readonly ProblemMatcher[] {
    const gone = new Set(owners.map((owner) => owner.toLowerCase()));
    return this.#all.filter((each) => !gone.has(each.owner.toLowerCase()));
  }
}

/** Longer lines are no compiler's message, and a pattern could take for ever on them. */
const lineCharactersMax = 64 * 1024;
const colourCode = /\u001B\[[0-9;]*m?/gu;
const levels: readonly IssueLevel[] = ["error", "warning", "notice"];

/** Looks for problems in the output of one step. */
export class ProblemScanner {
  readonly #matchers: JobMatchers;
  readonly #workspace: string;
  #known: readonly ProblemMatcher[] = [];
  #runs: readonly MatcherRun[] = [];

  constructor(matchers: JobMatchers, workspace: string) {
    this.#matchers = matchers;
    this.#workspace = workspace;
  }

  /** Logs a line that tells of a problem, marked, and makes an annotation of it. False: the line is to be logged as it is. */
  take(line: string, console: StepConsole): boolean {
    this.#refresh();
    if (this.#runs.length === 0 || line.length > lineCharactersMax) return false;
    const plain = line.replaceAll(colourCode, "");
    for (const run of this.#runs) {
      const problem = run.match(plain);
      if (problem === undefined) continue;
      for (const other of this.#runs) if (other !== run) other.reset();
      const level = levelOf(problem);
      const message = problem.get("message") ?? "";
      if (level === undefined || message.trim() === "") continue;
      console.issue(level, message, placeOf(problem, this.#workspace), plain);
      return true;
    }
    return false;
  }

  #refresh(): void {
    const { all } = this.#matchers;
    if (all === this.#known) return;
    const runs = new Map(this.#runs.map((run) => [run.matcher, run]));
    this.#runs = all.map((matcher) => runs.get(matcher) ?? new MatcherRun(matcher));
    this.#known = all;
  }
}

/** Undefined for a word that is none: such a line is no issue. */
function levelOf(problem: Problem): IssueLevel | undefined {
  const severity = (problem.get("severity") ?? "").toLowerCase();
  return severity === "" ? "error" : levels.find((level) => level === severity);
}

function placeOf(problem: Problem, workspace: string): IssuePlace {
  const number = (part: "line" | "column"): number | undefined => {
    const text = problem.get(part) ?? "";
    return /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const place = { file: fileOf(problem, workspace), line: number("line"), col: number("column") };
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined)) as IssuePlace;
}

/** Relative to the workspace; undefined for a file that is not there or lies elsewhere, as no page could show it. */
function fileOf(problem: Problem, workspace: string): string | undefined {
  const named = problem.get("file") ?? "";
  if (named.trim() === "") return undefined;
  const fromPath = problem.get("fromPath") ?? "";
  const rooted = isAbsolute(named) || fromPath === "" ? named : join(dirname(fromPath), named);
  const path = isAbsolute(rooted) ? join(rooted) : join(workspace, rooted);
  const inside = relative(workspace, path);
  return inside === "" || inside.startsWith("..") || !existsSync(path) ? undefined : inside;
}
