import { dispatchInputs } from "../../workflow/dispatch-inputs.ts";
import { whyNotTriggered } from "../../workflow/event-triggers.ts";
import { evaluateText } from "../../workflow/evaluate.ts";
import { parseWorkflows } from "../../workflow/parse-workflow.ts";
import { sortPushedFiles } from "../../workflow/pushed-files.ts";
import type { ValueRecord } from "../../workflow/value.ts";
import type { Workflow } from "../../workflow/workflow.ts";
import { type ModelClock, type ModelRandom, randomGuid } from "../time-and-chance.ts";
import { emptyRow, planAll, planFailed } from "./attempt.ts";
import { BranchHeads } from "./branch-heads.ts";
import { eventPayload, stableId } from "./event-payload.ts";
import { githubContext } from "./github-context.ts";
import { jobMessage, type JobMessage, type MessageFacts } from "./job-message.ts";
import { runScope } from "./job-scope.ts";
import { type EventFacts, eventFacts, ownInputs, type Push, pushedRun, type PushResult } from "./push.ts";
import { shownSteps, type StepReport } from "./reported-steps.ts";
import type { JobNode, JobRow, Run } from "./run.ts";
import type { RunEffect } from "./run-effect.ts";
import { RunRegistry } from "./run-registry.ts";
import type { RunEvent } from "./run-event.ts";
import { type JobEnd, RunFlow } from "./run-flow.ts";
import { type JobTruth, jobTruth, type RunTruth, runTruth } from "./truth.ts";

export type { Push, PushResult } from "./push.ts";

export interface RunsOptions {
  readonly clock: ModelClock;
  readonly random: ModelRandom;
  /** Origin of the service, without a slash at the end. */
  readonly serverUrl?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Integers for runs and jobs, for a service that numbers other jobs too. */
  readonly nextRunId?: () => number;
  readonly nextJobId?: () => number;
  /** Jobs that are remembered; beyond it the oldest runs that are over are forgotten. Default 20,000. */
  readonly jobsMax?: number;
}

/** The repository's workflow runs: from pushed files to jobs that are ready, from completed jobs to the next ones. */
export class Runs {
  readonly #options: RunsOptions;
  readonly #registry: RunRegistry;
  readonly #runNumbers = new Map<string, number>();
  readonly #heads = new BranchHeads();
  readonly #flow: RunFlow;
  #lastRunId = 0;
  #lastJobId = 0;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#registry = new RunRegistry(options.jobsMax ?? 20_000);
    this.#flow = new RunFlow({
      clock: options.clock,
      random: options.random,
      vars: this.#vars,
      newRow: (node) => this.#newRow(node),
      dropRow: (row) => this.#registry.dropRow(row),
    });
  }

  /** Reads the workflow files and starts a run for each that listens to the event. */
  push(push: Push): PushResult {
    const trees = sortPushedFiles(push.files);
    const parsed = parseWorkflows(trees);
    const errors = [...parsed.errors];
    const ignored: { file: string; reason: string }[] = [];
    const facts = eventFacts(
      push,
      trees.flatMap((tree) => [...tree.files.keys()]),
      { random: this.#options.random, heads: this.#heads },
    );
    const triggered = parsed.workflows.filter((workflow) => {
      const reason = whyNotTriggered(workflow.triggers, facts);
      if (reason !== undefined) ignored.push({ file: workflow.path, reason });
      return reason === undefined;
    });
    const runs: Run[] = [];
    for (const workflow of triggered) {
      const dispatched = dispatchInputs(
        workflow.path,
        workflow.triggers.dispatchInputs,
        ownInputs(push, workflow, triggered),
      );
      if (facts.name === "workflow_dispatch" && "errors" in dispatched) {
        errors.push(...dispatched.errors);
        continue;
      }
      const { inputs, texts } = "errors" in dispatched ? { inputs: {}, texts: {} } : dispatched;
      runs.push(
        this.#newRun(push, workflow, facts, facts.name === "workflow_dispatch" ? { inputs, texts } : undefined),
      );
    }
    for (const run of runs) this.#flow.begin(run);
    this.#registry.makeRoom();
    return { runs: runs.map(pushedRun), errors, ignored, effects: this.#flow.takeEffects() };
  }

  /** A runner was chosen for the job, or the job was handed to a scale set. */
  jobAssigned(jobId: string, { runner }: { readonly runner?: string } = {}): void {
    const row = this.#registry.row(jobId);
    if (row !== undefined) this.#flow.assigned(row, runner);
  }

  /** The assignment came to nothing. */
  jobUnassigned(jobId: string): void {
    const row = this.#registry.row(jobId);
    if (row !== undefined) this.#flow.unassigned(row);
  }

  /** A runner has taken the job. */
  jobStarted(jobId: string, started: { readonly runner?: string; readonly atMs: number }): readonly RunEffect[] {
    const row = this.#registry.row(jobId);
    if (row !== undefined) this.#flow.started(row, started.runner, started.atMs);
    return this.#flow.takeEffects();
  }

  /** What the runner has said about the steps so far. */
  jobSteps(jobId: string, steps: readonly StepReport[]): void {
    const row = this.#registry.row(jobId);
    if (row !== undefined && row.status !== "completed") row.steps = shownStepsOf(row, steps, false);
  }

  /** The job is over. Repeating the call, or completing a job that was cancelled in the queue, changes nothing. */
  jobCompleted(
    jobId: string,
    completed: {
      /** GitHub's word or the runner's; anything that is not success, cancelled or skipped counts as failure. */
      readonly conclusion: string;
      readonly outputs?: Readonly<Record<string, string>>;
      readonly steps?: readonly StepReport[];
      readonly atMs: number;
    },
  ): readonly RunEffect[] {
    const row = this.#registry.row(jobId);
    if (row !== undefined) {
      const end: JobEnd = {
        conclusion: jobConclusion(completed.conclusion),
        outputs: completed.outputs ?? {},
        steps: completed.steps === undefined ? row.steps : shownStepsOf(row, completed.steps, true),
      };
      this.#flow.completed(row, end, completed.atMs);
    }
    return this.#flow.takeEffects();
  }

  /** Cancels the run; jobs whose condition holds in spite of it (`always()`) go on. */
  cancelRun(runId: number): readonly RunEffect[] {
    const run = this.#registry.find(runId);
    if (run !== undefined) this.#flow.cancelRun(run);
    return this.#flow.takeEffects();
  }

  cancelJob(jobId: string): readonly RunEffect[] {
    const row = this.#registry.row(jobId);
    if (row !== undefined) this.#flow.cancelRow(row);
    return this.#flow.takeEffects();
  }

  /** Runs what failed or was cancelled again, and what depends on it, as a new attempt. Undefined: the run is not over, or nothing failed. */
  rerunFailed(runId: number): readonly RunEffect[] | undefined {
    return this.#rerun(runId, (run) => planFailed(run, (node) => this.#newRow(node)));
  }

  /** Runs every job again, as a new attempt. Undefined: there is no such run, or it is not over. */
  rerunAll(runId: number): readonly RunEffect[] | undefined {
    return this.#rerun(runId, (run) => {
      planAll(run, (node) => this.#newRow(node));
      return true;
    });
  }

  /** When `advance` has something to do next, in milliseconds since the Unix epoch. */
  nextDeadlineMs(): number | undefined {
    return this.#flow.nextDeadlineMs();
  }

  /** Cancels jobs that have run longer than their `timeout-minutes`. */
  advance(): readonly RunEffect[] {
    this.#flow.advance();
    return this.#flow.takeEffects();
  }

  /** The truth: every execution of every job, by run, attempt and the order of the file. */
  jobs(): readonly JobTruth[] {
    return this.#registry.rows().map(jobTruth);
  }

  /** One row of the truth, by GUID or REST id. */
  job(id: string | number): JobTruth | undefined {
    const row = this.#registry.row(id);
    return row === undefined ? undefined : jobTruth(row);
  }

  run(runId: number): RunTruth | undefined {
    const run = this.#registry.find(runId);
    return run === undefined ? undefined : runTruth(run);
  }

  /** Every run, oldest first. */
  runs(): readonly RunTruth[] {
    return [...this.#registry.all()].map(runTruth);
  }

  /** The jobs of a run's latest attempt, those kept from an earlier one included. */
  jobsOfRun(runId: number): readonly JobTruth[] {
    const nodes = this.#registry.find(runId)?.nodes.values() ?? [];
    return [...nodes].flatMap((node) => node.rows.map(jobTruth));
  }

  /** Why a job or run ended without a runner, as GitHub's annotation says it. */
  problem(jobId: string): string | undefined {
    const row = this.#registry.row(jobId);
    return row?.problem ?? row?.node.run.problem;
  }

  /** The plan that the job's message names, and under which its logs and its end arrive. */
  planId(jobId: string): string | undefined {
    return this.#registry.row(jobId)?.node.run.planId;
  }

  /** The log of a job that ended without a runner and with a reason: that reason as one line. Undefined for other jobs. */
  problemLog(jobId: string): string | undefined {
    const problem = this.problem(jobId);
    const row = this.#registry.row(jobId);
    if (problem === undefined || row?.completedAtMs === undefined || row.startedAtMs !== undefined) return undefined;
    return `${new Date(row.completedAtMs).toISOString().replace("Z", "0000Z")} ##[error]${problem}\n`;
  }

  /** The message for the runner that takes the job; undefined for a job that no workflow file describes. */
  buildMessage(jobId: string, facts: MessageFacts): JobMessage | undefined {
    const row = this.#registry.row(jobId);
    if (row === undefined) return undefined;
    return jobMessage(row, facts, { vars: this.#vars, secrets: this.#options.secrets ?? {} });
  }

  get #vars(): ValueRecord {
    return this.#options.vars ?? {};
  }

  get #serverUrl(): string {
    return this.#options.serverUrl ?? "https://github.com";
  }

  #newRun(
    push: Push,
    workflow: Workflow,
    facts: EventFacts,
    dispatched: { readonly inputs: ValueRecord; readonly texts: ValueRecord } | undefined,
  ): Run {
    const message = push.message ?? "Update workflows";
    const nowMs = this.#options.clock.nowMs();
    const payload = eventPayload({
      ...facts,
      event: facts.name,
      repository: push.repository,
      repositoryId: stableId(push.repository),
      serverUrl: this.#serverUrl,
      workflowPath: workflow.path,
      dispatchedInputs: dispatched?.texts ?? {},
      cron: workflow.triggers.crons[0],
      message,
      atMs: nowMs,
    });
    const event: RunEvent = { ...facts, payload: { ...payload, ...push.payload }, inputs: dispatched?.inputs };
    const run: Run = {
      id: this.#nextRunId(),
      number: this.#nextRunNumber(push.repository, workflow.path),
      repository: push.repository,
      workflow,
      event,
      createdAtMs: nowMs,
      attempt: 1,
      planId: randomGuid(this.#options.random),
      title: "",
      status: "pending",
      conclusion: null,
      problem: undefined,
      cancelRequested: false,
      github: {},
      nodes: new Map(),
      earlier: [],
      openNodes: 0,
      claim: undefined,
      completedAtMs: undefined,
    };
    run.github = githubContext(run, this.#serverUrl);
    run.title = this.#title(run, message);
    this.#registry.add(run);
    planAll(run, (node) => this.#newRow(node));
    return run;
  }

  #title(run: Run, message: string): string {
    const byMessage = run.event.name === "push" || run.event.name.startsWith("pull_request");
    const usual = byMessage ? (message.split("\n", 1)[0] ?? message) : run.workflow.name;
    const { runName } = run.workflow;
    if (runName === undefined) return usual;
    try {
      return evaluateText(runName, runScope(run, this.#vars)).trim() || usual;
    } catch {
      return usual;
    }
  }

  #rerun(runId: number, plan: (run: Run) => boolean): readonly RunEffect[] | undefined {
    const run = this.#registry.find(runId);
    if (run === undefined || run.status !== "completed") return undefined;
    const before = run.nodes;
    run.attempt += 1;
    if (!plan(run)) {
      run.attempt -= 1;
      return undefined;
    }
    run.earlier.push(before);
    run.planId = randomGuid(this.#options.random);
    run.status = "pending";
    run.conclusion = null;
    run.problem = undefined;
    run.cancelRequested = false;
    run.completedAtMs = undefined;
    run.github = githubContext(run, this.#serverUrl);
    this.#flow.begin(run);
    this.#registry.makeRoom();
    return this.#flow.takeEffects();
  }

  #newRow(node: JobNode): JobRow {
    const ids = { jobId: randomGuid(this.#options.random), restJobId: this.#nextJobId() };
    const row = emptyRow(node, ids, this.#options.clock.nowMs());
    this.#registry.addRow(row);
    return row;
  }

  #nextRunId(): number {
    this.#lastRunId = this.#options.nextRunId?.() ?? this.#lastRunId + 1;
    return this.#lastRunId;
  }

  #nextJobId(): number {
    this.#lastJobId = this.#options.nextJobId?.() ?? this.#lastJobId + 1;
    return this.#lastJobId;
  }

  #nextRunNumber(repository: string, path: string): number {
    const key = `${repository}\n${path}`;
    const number = (this.#runNumbers.get(key) ?? 0) + 1;
    this.#runNumbers.set(key, number);
    return number;
  }
}

function shownStepsOf(row: JobRow, reports: readonly StepReport[], jobIsOver: boolean): JobRow["steps"] {
  return shownSteps(row.node.definition.steps, row.stepIds, reports, jobIsOver);
}

function jobConclusion(word: string): JobEnd["conclusion"] {
  switch (word.toLowerCase()) {
    case "success":
    case "succeeded":
    case "succeededwithissues":
      return "success";
    case "cancelled":
    case "canceled":
    case "timed_out":
      return "cancelled";
    case "skipped":
      return "skipped";
    default:
      return "failure";
  }
}
