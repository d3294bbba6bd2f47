import { unevaluatedJobName } from "../../workflow/display-name.ts";
import type { StrategyLeg } from "../../workflow/strategy.ts";
import type { ValueRecord } from "../../workflow/value.ts";
import { type ModelClock, type ModelRandom, randomGuid } from "../time-and-chance.ts";
import { Deadlines } from "../deadlines.ts";
import { ConcurrencyGroups } from "./concurrency-groups.ts";
import { type ConcurrencySetting, concurrencySetting } from "./concurrency-setting.ts";
import { decideJob, evaluateLeg, isAgain, isStillWanted } from "./job-decision.ts";
import { jobScope, needsContext, runScope } from "./job-scope.ts";
import { deadlockText, problemText, supersededText, timeoutText } from "./problem-text.ts";
import { readyJob } from "./ready-job.ts";
import {
  combinedConclusion,
  effectiveConclusion,
  type JobConclusion,
  type JobNode,
  type JobRow,
  type Run,
  type StepRow,
} from "./run.ts";
import type { RunEffect } from "./run-effect.ts";

/** What a runner, or whoever speaks for it, says about the end of a job. */
export interface JobEnd {
  readonly conclusion: JobConclusion;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepRow[];
}

const nothingReported = { outputs: {}, steps: [] } as const;

/** How runs go from job to job. Every change of a run's state happens here; what the queue must do comes out as effects. */
export class RunFlow {
  readonly #clock: ModelClock;
  readonly #random: ModelRandom;
  readonly #vars: ValueRecord;
  readonly #newRow: (node: JobNode) => JobRow;
  readonly #dropRow: (row: JobRow) => void;
  readonly #groups = new ConcurrencyGroups();
  readonly #deadlines = new Deadlines();
  #effects: RunEffect[] = [];

  constructor(options: {
    readonly clock: ModelClock;
    readonly random: ModelRandom;
    readonly vars: ValueRecord;
    /** Adds a row to the truth. */
    readonly newRow: (node: JobNode) => JobRow;
    /** Takes a row out of the truth again: a matrix that turned out to be another number of jobs. */
    readonly dropRow: (row: JobRow) => void;
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#vars = options.vars;
    this.#newRow = options.newRow;
    this.#dropRow = options.dropRow;
  }

  /** The effects since the last call. */
  takeEffects(): readonly RunEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Begins the attempt that the run's nodes describe. */
  begin(run: Run): void {
    const { concurrency } = run.workflow;
    if (concurrency === undefined) {
      this.#beginJobs(run);
      return;
    }
    let setting: ConcurrencySetting;
    try {
      setting = concurrencySetting(concurrency, runScope(run, this.#vars));
    } catch (error) {
      this.#endWithoutJobs(run, "failure", problemText(run, "concurrency", error));
      return;
    }
    const key = ConcurrencyGroups.key(run.repository, setting.group);
    const claimant = {
      granted: () => this.#beginJobs(run),
      superseded: () => this.#endWithoutJobs(run, "cancelled", supersededText(setting.group)),
      interrupted: () => this.cancelRun(run),
    };
    run.claim = { key, claimant };
    run.status = "pending";
    for (const row of openRows(run)) row.status = "pending";
    if (this.#groups.claim(key, claimant, setting.terms)) this.#beginJobs(run);
  }

  /** The instant at which the next job runs out of its `timeout-minutes`. */
  nextDeadlineMs(): number | undefined {
    return this.#deadlines.nextMs();
  }

  /** Cancels the jobs that have run out of time. */
  advance(): void {
    const nowMs = this.#clock.nowMs();
    for (let due = this.#deadlines.takeDue(nowMs); due !== undefined; due = this.#deadlines.takeDue(nowMs)) due.fire();
  }

  assigned(row: JobRow, runner: string | undefined): void {
    if (row.status !== "queued") return;
    row.status = "assigned";
    row.assignedAtMs = this.#clock.nowMs();
    if (runner !== undefined) row.runner = runner;
  }

  /** The assignment came to nothing; the job waits for a runner again. */
  unassigned(row: JobRow): void {
    if (row.status !== "assigned") return;
    row.status = "queued";
    row.assignedAtMs = undefined;
    row.runner = null;
  }

  started(row: JobRow, runner: string | undefined, atMs: number): void {
    if (row.status !== "queued" && row.status !== "assigned") return;
    row.status = "in_progress";
    row.assignedAtMs ??= atMs;
    row.startedAtMs = atMs;
    row.deadline = this.#deadlines.at(atMs + row.timeoutMinutes * 60_000, () => {
      row.problem = timeoutText(row.timeoutMinutes);
      this.cancelRow(row);
    });
    if (runner !== undefined) row.runner = runner;
  }

  completed(row: JobRow, end: JobEnd, atMs: number): void {
    if (row.status === "completed") return;
    this.#end(row, end, atMs);
  }

  /**
   * Cancels what the conditions of the jobs do not keep: a job whose `if` still holds now that `cancelled()` is true goes on.
   *
   * @see https://docs.github.com/actions/how-tos/manage-workflow-runs/cancel-a-workflow-run
   */
  cancelRun(run: Run): void {
    if (run.status === "completed" || run.cancelRequested) return;
    run.cancelRequested = true;
    if (run.status === "pending") {
      this.#endWithoutJobs(run, "cancelled", undefined);
      return;
    }
    for (const node of run.nodes.values()) {
      if (node.strategy === undefined || node.result !== undefined || isStillWanted(node, this.#vars)) continue;
      this.#cancelNode(node);
    }
  }

  /** Cancels one job: at once if no runner has it, else its runner is asked to. */
  cancelRow(row: JobRow): void {
    if (row.status === "completed" || row.cancelAsked) return;
    row.cancelAsked = true;
    const withRunner = row.status === "assigned" || row.status === "in_progress";
    if (row.status === "queued" || withRunner) this.#effects.push({ kind: "job-cancel", jobId: row.jobId });
    if (!withRunner) this.#end(row, { conclusion: "cancelled", ...nothingReported }, this.#clock.nowMs());
  }

  #beginJobs(run: Run): void {
    run.status = "in_progress";
    for (const row of openRows(run)) row.status = "waiting";
    // The list is taken first: a job that fails at once may make others ready while this loop runs.
    for (const node of [...run.nodes.values()].filter((each) => each.openNeeds === 0 && each.result === undefined)) {
      this.#decide(node);
    }
    if (run.openNodes === 0) this.#endRun(run);
  }

  #cancelNode(node: JobNode): void {
    // First nothing is held back any more: a cancelled job must not make room for one that is cancelled next.
    node.held = [];
    for (const row of [...node.rows]) this.cancelRow(row);
  }

  /** All needs are over: skips the job or makes its rows. */
  #decide(node: JobNode): void {
    if (node.strategy !== undefined || node.result !== undefined) return;
    const decision = decideJob(node, this.#vars);
    switch (decision.kind) {
      case "skip":
        this.#skip(node);
        return;
      case "fail":
        this.#failWhole(node, decision.problem);
        return;
      case "run":
        node.strategy = decision.strategy;
        this.#expand(node, decision.strategy.legs);
        return;
      default:
        decision satisfies never;
    }
  }

  #skip(node: JobNode): void {
    const row = node.rows.find((each) => each.status !== "completed") ?? this.#newRow(node);
    row.name = unevaluatedJobName(node.definition.id, node.definition.name);
    this.#effects.push({ kind: "job-skipped", jobId: row.jobId });
    this.#end(row, { conclusion: "skipped", ...nothingReported }, this.#clock.nowMs());
  }

  #failWhole(node: JobNode, problem: string): void {
    const row = node.rows.find((each) => each.status !== "completed") ?? this.#newRow(node);
    row.problem = problem;
    this.#end(row, { conclusion: "failure", ...nothingReported }, this.#clock.nowMs());
  }

  #expand(node: JobNode, legs: readonly StrategyLeg[]): void {
    const placeholder = node.rows.find((row) => row.status !== "completed");
    const kept = node.rows.filter((row) => row.status === "completed");
    const wanted = node.again === undefined ? legs : legs.filter((leg) => isAgain(node, leg));
    if (placeholder !== undefined && wanted.length === 0) this.#dropRow(placeholder);
    const rows = wanted.map((leg, index) => {
      const row = index === 0 && placeholder !== undefined ? placeholder : this.#newRow(node);
      row.matrix = leg.matrix;
      row.strategy = leg.strategy;
      row.needs = needsContext(node);
      return row;
    });
    node.rows = [...kept, ...rows];
    node.openRows = rows.length;
    const failed: JobRow[] = [];
    wanted.forEach((leg, index) => {
      const row = rows[index];
      if (row !== undefined && !this.#evaluateLeg(row, leg)) failed.push(row);
    });
    node.held = rows.filter((row) => !failed.includes(row));
    for (const row of failed) this.#end(row, { conclusion: "failure", ...nothingReported }, this.#clock.nowMs());
    this.#admitHeld(node);
    if (wanted.length === 0) this.#endNode(node);
  }

  #evaluateLeg(row: JobRow, leg: StrategyLeg): boolean {
    const evaluated = evaluateLeg(row.node, leg, this.#vars);
    if ("problem" in evaluated) {
      row.problem = evaluated.problem;
      return false;
    }
    Object.assign(row, evaluated.facts);
    return true;
  }

  #admitHeld(node: JobNode): void {
    const limit = node.strategy?.maxParallel ?? Number.POSITIVE_INFINITY;
    while (node.active.size < limit) {
      const row = node.held.shift();
      if (row === undefined) return;
      node.active.add(row);
      this.#admit(row);
    }
  }

  #admit(row: JobRow): void {
    const { node } = row;
    const { concurrency } = node.definition;
    if (concurrency === undefined) {
      this.#enqueue(row);
      return;
    }
    let setting: ConcurrencySetting;
    try {
      setting = concurrencySetting(concurrency, jobScope(node, this.#vars, row));
    } catch (error) {
      row.problem = problemText(node.run, "concurrency", error, node);
      this.#end(row, { conclusion: "failure", ...nothingReported }, this.#clock.nowMs());
      return;
    }
    const key = ConcurrencyGroups.key(node.run.repository, setting.group);
    if (node.run.claim?.key === key) {
      row.problem = deadlockText(setting.group, node);
      this.#end(row, { conclusion: "cancelled", ...nothingReported }, this.#clock.nowMs());
      return;
    }
    const claimant = {
      granted: () => this.#enqueue(row),
      superseded: () => {
        row.problem = supersededText(setting.group);
        this.cancelRow(row);
      },
      interrupted: () => this.cancelRow(row),
    };
    row.claim = { key, claimant };
    row.status = "pending";
    if (this.#groups.claim(key, claimant, setting.terms)) this.#enqueue(row);
  }

  #enqueue(row: JobRow): void {
    row.status = "queued";
    row.queuedAtMs = this.#clock.nowMs();
    row.stepIds = row.node.definition.steps.map(() => randomGuid(this.#random));
    this.#effects.push({ kind: "job-ready", job: readyJob(row) });
  }

  #end(row: JobRow, end: JobEnd, atMs: number): void {
    const { node } = row;
    row.deadline?.cancel();
    row.status = "completed";
    row.conclusion = end.conclusion;
    // An empty output is no output: the runner does not report it, and `needs` reads it as empty anyway.
    row.outputs = Object.fromEntries(Object.entries(end.outputs).filter(([, value]) => value !== ""));
    row.steps = end.steps;
    row.completedAtMs = atMs;
    Object.assign(node.outputs, row.outputs);
    node.held = node.held.filter((each) => each !== row);
    node.active.delete(row);
    if (node.strategy !== undefined) node.openRows -= 1;
    const { claim } = row;
    row.claim = undefined;
    if (claim !== undefined) this.#groups.release(claim.key, claim.claimant);
    if (end.conclusion === "failure" && !row.continueOnError) this.#failFast(node);
    if (node.result !== undefined) return;
    if (node.openRows > 0) this.#admitHeld(node);
    else this.#endNode(node);
  }

  #failFast(node: JobNode): void {
    if (node.strategy?.failFast !== true || node.failFastDone) return;
    node.failFastDone = true;
    this.#cancelNode(node);
  }

  #endNode(node: JobNode): void {
    node.result = combinedConclusion(node.rows.map(effectiveConclusion));
    node.run.openNodes -= 1;
    for (const dependent of node.dependents) {
      dependent.openNeeds -= 1;
      if (dependent.openNeeds === 0 && node.run.status === "in_progress") this.#decide(dependent);
    }
    if (node.run.openNodes === 0) this.#endRun(node.run);
  }

  #endRun(run: Run): void {
    if (run.status === "completed") return;
    const results = [...run.nodes.values()].flatMap((node) => node.rows.map(effectiveConclusion));
    run.status = "completed";
    run.conclusion = run.cancelRequested ? "cancelled" : combinedConclusion(results);
    run.completedAtMs = this.#clock.nowMs();
    this.#releaseRun(run);
  }

  #endWithoutJobs(run: Run, conclusion: "failure" | "cancelled", problem: string | undefined): void {
    run.problem = problem;
    run.status = "completed";
    run.conclusion = conclusion;
    run.completedAtMs = this.#clock.nowMs();
    for (const node of run.nodes.values()) {
      for (const row of node.rows) {
        if (row.status === "completed") continue;
        row.status = "completed";
        row.conclusion = conclusion;
        row.completedAtMs = run.completedAtMs;
      }
      node.result ??= conclusion;
    }
    run.openNodes = 0;
    this.#releaseRun(run);
  }

  #releaseRun(run: Run): void {
    const { claim } = run;
    run.claim = undefined;
    if (claim !== undefined) this.#groups.release(claim.key, claim.claimant);
  }
}

function openRows(run: Run): readonly JobRow[] {
  return [...run.nodes.values()].flatMap((node) => node.rows.filter((row) => row.status !== "completed"));
}
