import type { BudgetView, Operations, Overview, Problem, ReadModel, WhyView } from "../core/ports/read-model.ts";
import type { Journal, RecordedEntry } from "../core/ports/journal.ts";
import type { Job } from "../core/ledger/job.ts";
import { phaseOf } from "../core/runner/runner.ts";
import { chainOf } from "../core/why/chain.ts";
import { explainWait } from "../core/why/verdict.ts";
import type { Engine } from "./engine.ts";
import type { Pool } from "./pool.ts";
import { jobView, launchHold, poolView, problemsOf, runnerViews, sortedJobs } from "./views.ts";

/** What only the composition knows. */
export interface OutsideView {
  problems(): readonly Problem[];
  budgets(): readonly BudgetView[];
}

/** The one view of the engine that API, command line and dashboard read. */
export function createReadModel(engine: Engine, journal: Journal, outside?: OutsideView): ReadModel & Operations {
  const { clock, recorder, censuses, installation, incarnation } = engine.parts;
  return {
    overview(): Overview {
      const nowMs = clock.nowMs();
      const ofPools = [...engine.pools.values()].flatMap((pool) => problemsOf(pool, nowMs));
      const problems = [...(outside?.problems() ?? []), ...ofPools];
      const budgets = outside?.budgets() ?? [];
      const journalFailure = recorder.failure;
      return {
        installation,
        incarnation,
        startedAtMs: engine.startedAtMs,
        ready: engine.isReady,
        problems:
          journalFailure === undefined ? problems : [{ code: "journal-failing", ...journalFailure }, ...problems],
        ...(budgets.length === 0 ? {} : { budgets }),
      };
    },
    pools: () => [...engine.pools.values()].map((pool) => poolView(pool, clock.nowMs())),
    runners: () => [...engine.pools.values()].flatMap(runnerViews),
    jobs: () => sortedJobs(engine.pools.values()),
    async why(wanted, { signal }): Promise<WhyView | undefined> {
      const found = findJob(engine.pools.values(), wanted);
      return found === undefined ? undefined : await explain(found.pool, found.job, journal, engine, signal);
    },
    async runnerLog(runner, options) {
      for (const { provider } of censuses.values()) {
        const log = await provider.readLog(runner, options);
        if (log !== undefined) return log;
      }
      return undefined;
    },
    events: (afterSequence, limit) => recorder.events(afterSequence, limit),
    subscribe: (listener) => recorder.subscribe(listener),
    setDrained(name, drained) {
      const pool = engine.pools.get(name);
      pool?.setDrained(drained);
      return pool !== undefined;
    },
  };
}

async function explain(pool: Pool, job: Job, journal: Journal, engine: Engine, signal: AbortSignal): Promise<WhyView> {
  const { clock, recorder } = engine.parts;
  const { state, options } = pool;
  const nowMs = clock.nowMs();
  await recorder.flush(signal);
  const view = jobView(pool, job);
  const ofJob = await journal.read({ job: view.id }, { signal });
  // A waiting job has no runner yet; the one that is being made the longest is what it waits for.
  const candidate = view.runner ?? [...state.runners.values()].find((runner) => phaseOf(runner) === "starting")?.name;
  const waits = view.status === "assigned" || view.status === "available";
  const ofRunner =
    candidate === undefined || (view.runner === undefined && !waits)
      ? []
      : (await journal.read({ runner: candidate }, { signal })).filter((entry) => entry.job === undefined);
  const events = mergeBySequence(ofJob, ofRunner);
  const endMs = view.startedAtMs ?? view.completedAtMs ?? nowMs;
  const { verdict, release } = explainWait(job, {
    nowMs,
    pool: options.name,
    max: options.max,
    accepting: pool.isAccepting(),
    source: state.source,
    hold: launchHold(pool, nowMs),
    runners: [...state.runners.values()],
    problems: [...state.problems.values()].map(({ message }) => message),
  });
  return {
    job: view,
    verdict,
    ...(release === undefined ? {} : { release }),
    waitedMs: Math.max(0, endMs - (view.queuedAtMs ?? job.seenAtMs)),
    chain: chainOf(events),
    events,
  };
}

/** By id, by `run/name`, by exact name, or by a part of the name that only one job has. */
function findJob(pools: Iterable<Pool>, wanted: string): { readonly pool: Pool; readonly job: Job } | undefined {
  const byPart: { readonly pool: Pool; readonly job: Job }[] = [];
  let newest: { readonly pool: Pool; readonly job: Job } | undefined;
  for (const pool of pools) {
    const exact = pool.state.ledger.job(wanted);
    if (exact !== undefined) return { pool, job: exact };
    for (const job of pool.state.ledger.jobs()) {
      const { displayName, workflowRunId } = job.identity;
      if (`${workflowRunId}/${displayName}` === wanted) return { pool, job };
      if (displayName === wanted && (newest === undefined || job.seenAtMs >= newest.job.seenAtMs))
        newest = { pool, job };
      if (displayName.includes(wanted) || job.identity.jobId.startsWith(wanted)) byPart.push({ pool, job });
    }
  }
  return newest ?? (byPart.length === 1 ? byPart[0] : undefined);
}

function mergeBySequence(left: readonly RecordedEntry[], right: readonly RecordedEntry[]): readonly RecordedEntry[] {
  const all = new Map([...left, ...right].map((entry) => [entry.sequence, entry]));
  return [...all.values()].sort((one, other) => one.sequence - other.sequence);
}
