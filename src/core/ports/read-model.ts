import type { RecordedEntry } from "./journal.ts";

/** What the API, the command line and the dashboard read: one port, so that a page and a command never disagree. */
export interface ReadModel {
  overview(): Overview;
  pools(): readonly PoolView[];
  runners(): readonly RunnerView[];
  /** Unfinished jobs first, oldest first; then the finished ones that are still remembered, newest first. */
  jobs(): readonly JobView[];
  /** By job id, by `run/name`, or by a part of the name that only one job has. */
  why(job: string, options: { readonly signal: AbortSignal }): Promise<WhyView | undefined>;
  /** The instance's output; undefined when no provider knows the runner. */
  runnerLog(
    runner: string,
    options: { readonly signal: AbortSignal; readonly maxBytes: number },
  ): Promise<string | undefined>;
  /** Entries after `sequence`, oldest first, at most `limit`. */
  events(afterSequence: number, limit: number): readonly RecordedEntry[];
  /** Calls `listener` with each new entry until closed. */
  subscribe(listener: (entry: RecordedEntry) => void): { close(): void };
}

/** What an operator may ask of the running program. */
export interface Operations {
  /** Drained pools start no new runners; what runs is finished. Unknown pool: false. */
  setDrained(pool: string, drained: boolean): boolean;
}

export interface Overview {
  readonly installation: string;
  readonly incarnation: string;
  readonly startedAtMs: number;
  /** False until every pool has observed its world once. */
  readonly ready: boolean;
  /** What is wrong now, worst first; empty when all is well. */
  readonly problems: readonly Problem[];
  /** What each credential may still ask of GitHub; absent before GitHub has said anything. */
  readonly budgets?: readonly BudgetView[];
}

/** GitHub's rate limits as one credential last met them. */
export interface BudgetView {
  /** Its name under github.credentials. */
  readonly credential: string;
  /** Of an App, whose calls GitHub counts at each account apart. */
  readonly account?: string;
  readonly resources: readonly {
    /** GitHub's own word, for example `core`. */
    readonly resource: string;
    readonly limit: number;
    readonly remaining: number;
    readonly resetAtMs: number;
  }[];
  /** Until when nothing is sent because GitHub asked for a pause (a secondary limit). */
  readonly heldUntilMs?: number;
  /** Calls that wait for their turn now. */
  readonly waiting: number;
}

export interface Problem {
  readonly pool?: string;
  readonly code: string;
  readonly message: string;
  readonly sinceMs: number;
}

export interface PoolView {
  readonly name: string;
  readonly scope: string;
  readonly labels: readonly string[];
  readonly size: { readonly minIdle: number; readonly max: number };
  readonly state: "active" | "draining" | "stopped";
  readonly demand: {
    /** Jobs GitHub counts as assigned and unfinished. */
    readonly counted: number;
    /** Named jobs that the ledger knows to be unfinished. */
    readonly named: number;
    /** What the pool serves: see docs/explanation. */
    readonly served: number;
    readonly source: string;
    readonly observedAtMs: number | undefined;
  };
  readonly wanted: number;
  readonly capacity: number;
  readonly counts: { readonly starting: number; readonly idle: number; readonly busy: number; readonly ending: number };
  readonly source: { readonly state: string; readonly sinceMs: number; readonly message?: string };
  /** Set while launches wait: back-off after failures, a spent retry budget, a full provider. */
  readonly hold?: { readonly reason: string; readonly untilMs: number };
}

export interface RunnerView {
  readonly name: string;
  readonly pool: string;
  readonly provider: string;
  readonly phase: "starting" | "idle" | "busy" | "ending" | "gone";
  readonly sinceMs: number;
  readonly launchedAtMs: number;
  readonly job?: { readonly id: string; readonly name: string };
  readonly adopted: boolean;
  readonly end?: { readonly reason: string; readonly exitCode: number | null; readonly lastLines: readonly string[] };
}

export interface JobView {
  readonly id: string;
  readonly pool: string;
  readonly repository: string;
  readonly name: string;
  readonly runId: number;
  readonly labels: readonly string[];
  readonly status: "available" | "assigned" | "running" | "completed";
  readonly result?: string;
  readonly runner?: string;
  readonly queuedAtMs?: number;
  readonly assignedAtMs?: number;
  readonly startedAtMs?: number;
  readonly completedAtMs?: number;
}

export interface WhyView {
  readonly job: JobView;
  /** One sentence: what it waits for, or how its wait ended. */
  readonly verdict: string;
  /** What would end the wait; absent when nothing is waited for. */
  readonly release?: string;
  readonly waitedMs: number;
  readonly chain: readonly {
    readonly link: string;
    readonly atMs?: number;
    readonly state: "done" | "waiting" | "not-reached" | "not-observed";
    readonly reason?: string;
  }[];
  readonly events: readonly RecordedEntry[];
}
