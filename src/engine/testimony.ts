import type { JobProof } from "../core/ledger/demand.ts";
import { idleSinceMs, phaseOf, type Runner } from "../core/runner/runner.ts";
import type { PoolState } from "./pool-state.ts";

/** How long counts may lag behind a runner that ended well, in milliseconds. */
const countLagMs = 15_000;
/** When GitHub has surely ended a job that nobody renews: its lease lasts ten minutes. What it counts then is a job again. */
const leaseMs = 900_000;
/** GitHub hands a job to an idle runner within seconds; one that stood there for so long was offered in vain. */
const offeredMs = 60_000;

/** Runners that ended well after the counts were heard, before the session told: each has worked off one counted job. */
export function finishedSinceCounted({ endedWellAtMs, ledger }: PoolState, nowMs: number): number {
  const heardAtMs = ledger.statistics?.atMs ?? 0;
  for (const [runner, endedAtMs] of endedWellAtMs) {
    if (endedAtMs <= heardAtMs || nowMs - endedAtMs >= countLagMs) endedWellAtMs.delete(runner);
  }
  return endedWellAtMs.size;
}

/** Running jobs whose runner died under them, while GitHub waits for their leases. */
export function lostAtWork({ runners, ledger }: PoolState, nowMs: number): number {
  let lost = 0;
  for (const runner of runners.values()) {
    const { name, assignment, ending, end } = runner;
    const isDead = isAtItsEnd(runner) && end?.exitCode !== 0;
    if (!isDead || assignment.kind !== "running" || assignment.jobId === undefined) continue;
    const job = ledger.job(assignment.jobId);
    const isCounted = job?.state.kind === "running" && job.state.runner === name;
    if (isCounted && nowMs - (ending?.sinceMs ?? nowMs) < leaseMs) lost += 1;
  }
  return lost;
}

/** Named jobs that run, as far as GitHub told, on runners that have come to their end: the message about theirs is under way. */
export function ranToTheEnd({ runners, gone, ledger }: PoolState): number {
  let over = 0;
  for (const { state } of ledger.unfinished()) {
    if (state.kind !== "running") continue;
    const known = runners.get(state.runner);
    const hasEnded = known === undefined ? gone.some(({ runner }) => runner.name === state.runner) : isAtItsEnd(known);
    if (hasEnded) over += 1;
  }
  return over;
}

function isAtItsEnd({ instance }: Runner): boolean {
  return instance.kind === "ended" || instance.kind === "gone";
}

/** What the runners say about jobs that GitHub no longer counts. */
export function proofOf({ runners }: PoolState, nowMs: number): JobProof {
  const atWork = new Set<string>();
  let isOffered = false;
  for (const runner of runners.values()) {
    const { assignment } = runner;
    const phase = phaseOf(runner);
    if (phase === "busy" && assignment.kind === "running" && assignment.jobId !== undefined)
      atWork.add(assignment.jobId);
    if (phase === "idle" && nowMs - idleSinceMs(runner) >= offeredMs) isOffered = true;
  }
  return { isAtWork: (jobId) => atWork.has(jobId), isOffered };
}
