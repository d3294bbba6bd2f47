import type { Fact, JobIdentity, StatisticsFact } from "../ports/facts.ts";
import type { Link } from "../ports/journal.ts";
import { isUnfinished, type Job, type JobState } from "./job.ts";

/** How many finished jobs are remembered for `why` and the API. */
const finishedKept = 500;

/** What applying a fact changed: one link of one job's chain. */
export interface LedgerChange {
  readonly link: Link;
  readonly job: Job;
  readonly reason: string | undefined;
}

/** GitHub counts what it offers, and what it has assigned and is unfinished. */
export type CountedKind = "available" | "assigned";

/** The counts with the moment they were heard. */
export interface HeardStatistics {
  readonly counts: StatisticsFact;
  readonly atMs: number;
}

/**
 * The named jobs of one pool. Facts may be doubled, late or reordered: applying one twice changes nothing, and a job only moves
 * forward, except that GitHub may give an unstarted job back and assign it again (F10).
 */
export class Ledger {
  readonly #jobs = new Map<string, Job>();
  readonly #unfinished = new Map<string, Job>();
  readonly #finished: string[] = [];
  #statistics: HeardStatistics | undefined;
  readonly #lackingSinceMs = new Map<CountedKind, number>();

  /** Since when every count that was heard lacks jobs of this kind that are known by name; undefined while the last one lacks none. */
  lackingSinceMs(kind: CountedKind): number | undefined {
    return this.#lackingSinceMs.get(kind);
  }

  get statistics(): HeardStatistics | undefined {
    return this.#statistics;
  }

  get unfinishedCount(): number {
    return this.#unfinished.size;
  }

  job(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  jobs(): IterableIterator<Job> {
    return this.#jobs.values();
  }

  unfinished(): IterableIterator<Job> {
    return this.#unfinished.values();
  }

  apply(fact: Fact, nowMs: number): readonly LedgerChange[] {
    switch (fact.kind) {
      case "statistics":
        this.#heard(fact, nowMs);
        return [];
      case "job-available":
        return this.#jobs.has(fact.job.jobId)
          ? []
          : this.#see(fact.job, { kind: "available", sinceMs: nowMs }, nowMs, []);
      case "job-assigned":
        return this.#assigned(fact.job, nowMs);
      case "job-started":
        return this.#started(fact.job, fact.runner, nowMs);
      case "job-completed":
        return this.#completed(fact.job, fact.result, fact.runner, nowMs);
      default:
        return fact satisfies never;
    }
  }

  /** GitHub's counts contradict this job for good: it stops being demand (F9, or a completion that was cut off). */
  doubt(jobId: string, nowMs: number): void {
    const job = this.#jobs.get(jobId);
    if (job !== undefined && isUnfinished(job)) this.#put({ ...job, state: { kind: "doubted", sinceMs: nowMs } });
  }

  #heard(counts: StatisticsFact, nowMs: number): void {
    this.#statistics = { counts, atMs: nowMs };
    const named = { available: 0, assigned: 0 };
    for (const job of this.#unfinished.values()) named[countedKind(job)] += 1;
    for (const kind of ["available", "assigned"] as const) {
      if (named[kind] <= counts[kind]) this.#lackingSinceMs.delete(kind);
      else if (!this.#lackingSinceMs.has(kind)) this.#lackingSinceMs.set(kind, nowMs);
    }
  }

  /** The clock was set by so much: what was heard so long ago stays so long ago. */
  shiftInstants(byMs: number): void {
    if (this.#statistics !== undefined) {
      this.#statistics = { ...this.#statistics, atMs: this.#statistics.atMs + byMs };
    }
    for (const [kind, sinceMs] of this.#lackingSinceMs) this.#lackingSinceMs.set(kind, sinceMs + byMs);
    for (const job of [...this.#unfinished.values()]) {
      this.#put({
        ...job,
        seenAtMs: job.seenAtMs + byMs,
        state: { ...job.state, sinceMs: job.state.sinceMs + byMs },
      });
    }
  }

  #assigned(identity: JobIdentity, nowMs: number): readonly LedgerChange[] {
    const known = this.#jobs.get(identity.jobId);
    if (known === undefined) {
      return this.#see(identity, { kind: "assigned", sinceMs: nowMs }, nowMs, ["admitted"]);
    }
    // Running or finished on a runner: an old message. Finished without a runner: GitHub gave it out once more.
    if (known.state.kind === "assigned" || known.state.kind === "running") return [];
    if (known.state.kind === "completed" && known.state.runner !== undefined) return [];
    const job: Job = {
      identity: mergeIdentity(known.identity, identity),
      seenAtMs: known.seenAtMs,
      state: { kind: "assigned", sinceMs: nowMs },
      assignments: known.assignments + 1,
    };
    this.#put(job);
    return [{ link: "admitted", job, reason: job.assignments > 1 ? `assignment ${job.assignments}` : undefined }];
  }

  #started(identity: JobIdentity, runner: string, nowMs: number): readonly LedgerChange[] {
    const known = this.#jobs.get(identity.jobId);
    const state: JobState = { kind: "running", sinceMs: nowMs, runner };
    if (known === undefined) return this.#see(identity, state, nowMs, ["admitted", "assigned", "started"]);
    if (known.state.kind === "running" && known.state.runner === runner) return [];
    if (known.state.kind === "completed" && known.state.runner !== undefined) return [];
    const job: Job = { ...known, identity: mergeIdentity(known.identity, identity), state };
    this.#put(job);
    return (["assigned", "started"] as const).map((link) => ({ link, job, reason: `on runner ${runner}` }));
  }

  #completed(
    identity: JobIdentity,
    result: string,
    runner: string | undefined,
    nowMs: number,
  ): readonly LedgerChange[] {
    const known = this.#jobs.get(identity.jobId);
    if (known?.state.kind === "completed") return [];
    const startedAtMs = known?.state.kind === "running" ? known.state.sinceMs : undefined;
    const ranOn = runner ?? (known?.state.kind === "running" ? known.state.runner : undefined);
    const state: JobState = { kind: "completed", sinceMs: nowMs, result, runner: ranOn, startedAtMs };
    if (known === undefined) return this.#see(identity, state, nowMs, ["finished"]);
    const job: Job = { ...known, identity: mergeIdentity(known.identity, identity), state };
    this.#put(job);
    return [{ link: "finished", job, reason: ranOn === undefined ? `${result}, no runner took it` : result }];
  }

  #see(identity: JobIdentity, state: JobState, nowMs: number, more: readonly Link[]): readonly LedgerChange[] {
    const job: Job = { identity, seenAtMs: nowMs, state, assignments: state.kind === "available" ? 0 : 1 };
    this.#put(job);
    return (["seen", "matched", ...more] as const).map((link) => ({ link, job, reason: undefined }));
  }

  #put(job: Job): void {
    const { jobId } = job.identity;
    const before = this.#jobs.get(jobId);
    const wasUnfinished = before !== undefined && isUnfinished(before);
    const nowUnfinished = isUnfinished(job);
    this.#jobs.set(jobId, job);
    if (nowUnfinished) this.#unfinished.set(jobId, job);
    else this.#unfinished.delete(jobId);
    if (nowUnfinished || (before !== undefined && !wasUnfinished)) return;
    this.#finished.push(jobId);
    if (this.#finished.length > finishedKept) {
      const oldest = this.#finished.shift();
      const forgotten = oldest === undefined ? undefined : this.#jobs.get(oldest);
      if (oldest !== undefined && forgotten !== undefined && !isUnfinished(forgotten)) this.#jobs.delete(oldest);
    }
  }
}

/** Which of GitHub's counts an unfinished job belongs to. */
export function countedKind(job: Job): CountedKind {
  return job.state.kind === "available" ? "available" : "assigned";
}

/** Later messages may tell instants that earlier ones left out. */
function mergeIdentity(known: JobIdentity, told: JobIdentity): JobIdentity {
  return {
    ...told,
    queuedAtMs: told.queuedAtMs ?? known.queuedAtMs,
    assignedAtMs: told.assignedAtMs ?? known.assignedAtMs,
  };
}
