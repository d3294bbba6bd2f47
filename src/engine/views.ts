import type { JobView, PoolView, Problem, RunnerView } from "../core/ports/read-model.ts";
import { isUnfinished, type Job } from "../core/ledger/job.ts";
import type { Hold } from "../core/pool/retry.ts";
import { phaseOf, type Runner } from "../core/runner/runner.ts";
import type { Pool } from "./pool.ts";
import type { GoneRunner } from "./pool-state.ts";

/** Counts and names travel apart for a moment; what lasts longer, in milliseconds, is an incident. */
const lagMs = 60_000;

/** What the outside may see of one pool's beliefs. */
export function poolView(pool: Pool, nowMs: number): PoolView {
  const { options, state } = pool;
  const hold = launchHold(pool, nowMs);
  const counts = { starting: 0, idle: 0, busy: 0, ending: 0 };
  for (const runner of state.runners.values()) {
    const phase = phaseOf(runner);
    counts[phase === "gone" ? "ending" : phase] += 1;
  }
  return {
    name: options.name,
    scope: options.scope,
    labels: options.labels,
    size: { minIdle: options.minIdle, max: options.max },
    state: pool.isStopping ? "stopped" : pool.isAccepting() ? "active" : "draining",
    demand: {
      counted: state.demand.counted,
      named: state.demand.named,
      served: state.demand.served,
      source: options.demandKind,
      observedAtMs: state.demand.observedAtMs,
    },
    wanted: state.wanted,
    capacity: state.capacity,
    counts,
    source: {
      // A removed pool asks GitHub for nothing any more.
      state: options.demandKind === "none" ? "none" : state.source.kind,
      sinceMs: state.source.sinceMs,
      ...(state.source.kind === "retrying" ? { message: state.source.message } : {}),
    },
    ...(hold === undefined ? {} : { hold }),
  };
}

/** Why no launch starts now: the pool backs off, or every provider of its placement said that it is full. */
export function launchHold({ state, options }: Pool, nowMs: number): Hold | undefined {
  if (state.hold !== undefined) return state.hold;
  const fullUntilMs = options.placements.map(({ provider }) => state.fullUntilMs.get(provider) ?? 0);
  const untilMs = Math.min(...fullUntilMs);
  if (fullUntilMs.length === 0 || untilMs <= nowMs) return undefined;
  const cause = state.retry.lastReason === undefined ? "" : ` (last: ${state.retry.lastReason})`;
  return { untilMs, reason: `no provider of the pool has room${cause}` };
}

export function runnerViews(pool: Pool): readonly RunnerView[] {
  const living = [...pool.state.runners.values()].map((runner) => runnerView(pool, runner));
  return [...living, ...pool.state.gone.map((gone) => goneView(pool, gone)).reverse()];
}

export function jobView(pool: Pool, job: Job): JobView {
  const { identity, state } = job;
  const startedAtMs =
    state.kind === "running" ? state.sinceMs : state.kind === "completed" ? state.startedAtMs : undefined;
  const runner = state.kind === "running" || state.kind === "completed" ? state.runner : undefined;
  return {
    id: identity.jobId,
    pool: pool.options.name,
    repository: identity.repository,
    name: identity.displayName,
    runId: identity.workflowRunId,
    labels: identity.labels,
    status: state.kind === "doubted" ? "completed" : state.kind,
    ...(state.kind === "completed" ? { result: state.result, completedAtMs: state.sinceMs } : {}),
    ...(state.kind === "doubted" ? { result: "unknown", completedAtMs: state.sinceMs } : {}),
    ...(runner === undefined ? {} : { runner }),
    ...(identity.queuedAtMs === undefined ? {} : { queuedAtMs: identity.queuedAtMs }),
    ...(identity.assignedAtMs === undefined ? {} : { assignedAtMs: identity.assignedAtMs }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
  };
}

/** Unfinished first, oldest first; then the finished, newest first. */
export function sortedJobs(pools: Iterable<Pool>): readonly JobView[] {
  const unfinished: JobView[] = [];
  const finished: JobView[] = [];
  for (const pool of pools) {
    for (const job of pool.state.ledger.jobs()) (isUnfinished(job) ? unfinished : finished).push(jobView(pool, job));
  }
  const queued = (job: JobView) => job.queuedAtMs ?? job.assignedAtMs ?? 0;
  unfinished.sort((left, right) => queued(left) - queued(right));
  finished.sort((left, right) => (right.completedAtMs ?? 0) - (left.completedAtMs ?? 0));
  return [...unfinished, ...finished];
}

export function problemsOf(pool: Pool, nowMs: number): readonly Problem[] {
  const { state, options } = pool;
  const problems: Problem[] = [];
  if (state.source.kind === "retrying") {
    const { code, message, sinceMs } = state.source;
    problems.push({ pool: options.name, code, message, sinceMs });
  } else if (state.source.kind === "connected" && state.source.defect !== undefined) {
    problems.push({ pool: options.name, ...state.source.defect, sinceMs: state.source.sinceMs });
  }
  for (const [code, { message, sinceMs }] of state.problems)
    problems.push({ pool: options.name, code, message, sinceMs });
  const hold = launchHold(pool, nowMs);
  if (hold !== undefined) {
    problems.push({
      pool: options.name,
      code: "launches-held",
      message: hold.reason,
      sinceMs: state.retry.failingSinceMs,
    });
  }
  const lackingSinceMs = state.ledger.lackingSinceMs("assigned");
  if (state.demand.disagreement === "names-higher" && lackingSinceMs !== undefined && nowMs - lackingSinceMs >= lagMs) {
    const { counted, named } = state.demand;
    problems.push({
      pool: options.name,
      code: "names-disagree",
      message: `GitHub counts ${counted} assigned jobs but named ${named}; one runner is kept for the difference, which takes the job if there is one.`,
      sinceMs: lackingSinceMs,
    });
  }
  if (state.demand.disagreement === "count-higher" && state.demand.served < state.demand.counted) {
    const { counted, named } = state.demand;
    problems.push({
      pool: options.name,
      code: "count-disagrees",
      message: `GitHub counts ${counted} assigned jobs but names ${named}; idle runners prove the count too high.`,
      sinceMs: state.demand.observedAtMs ?? nowMs,
    });
  }
  return problems;
}

function runnerView(pool: Pool, runner: Runner): RunnerView {
  const { assignment, instance } = runner;
  const jobId = assignment.kind === "none" ? undefined : assignment.jobId;
  const job = jobId === undefined ? undefined : pool.state.ledger.job(jobId);
  return {
    name: runner.name,
    pool: runner.pool,
    provider: runner.provider ?? "",
    phase: phaseOf(runner),
    sinceMs: sinceMs(runner),
    launchedAtMs: "launchedAtMs" in instance ? instance.launchedAtMs : runner.reservedAtMs,
    ...(jobId === undefined ? {} : { job: { id: jobId, name: job?.identity.displayName ?? jobId } }),
    adopted: runner.adopted,
    ...(runner.ending === undefined ? {} : { end: endOf(runner) }),
  };
}

function goneView(pool: Pool, gone: GoneRunner): RunnerView {
  return { ...runnerView(pool, gone.runner), phase: "gone", sinceMs: gone.goneAtMs };
}

function endOf(runner: Runner): NonNullable<RunnerView["end"]> {
  const { end } = runner;
  return {
    reason: runner.ending?.reason ?? "finished",
    exitCode: end?.exitCode ?? null,
    lastLines: end?.lastLines ?? [],
  };
}

function sinceMs(runner: Runner): number {
  if (runner.ending !== undefined) return runner.ending.sinceMs;
  if (runner.assignment.kind !== "none") return runner.assignment.sinceMs;
  if (runner.registration.kind === "online") return runner.registration.sinceMs;
  return runner.reservedAtMs;
}
