import type { Job } from "./job.ts";
import { countedKind, type Ledger } from "./ledger.ts";

/** How many runners a pool needs now, with where the number comes from and how old it is. */
export interface Demand {
  /** GitHub's own count of assigned and unfinished jobs: a hint. */
  readonly counted: number;
  /** Named jobs known to be assigned or running. */
  readonly named: number;
  /** What the pool serves. */
  readonly served: number;
  readonly observedAtMs: number | undefined;
  /** Set while count and names disagree. */
  readonly disagreement: "count-higher" | "names-higher" | undefined;
}

/** What the pool knows beside the ledger. */
export interface DemandContext {
  readonly nowMs: number;
  /** Runners whose process ended well after the counts were heard: their jobs are over, the counts do not know it yet. */
  readonly finishedSinceCounted: number;
  /** Running jobs whose runner died under them: GitHub counts them until their lease lapses, and gives them to nobody else. */
  readonly lostAtWork: number;
  /** Named jobs that run on a runner whose end this process has seen: whatever GitHub still says, they need no other. */
  readonly ranToTheEnd: number;
  /** Runners that wait for work, with the instant since which they do. */
  readonly idleSinceMs: readonly number[];
  /** How long an idle runner beside an unserved count proves the count wrong, in milliseconds. */
  readonly phantomMs: number;
}

/**
 * A count is a hint, the ledger of named jobs is the truth (platform faults, rule 2). A higher count is served, because messages
 * are cut at 50 jobs (F11), until idle runners prove it wrong (F6); a named job that the count does not show gets one runner,
 * unless its own has come to its end: it is the cure and the proof (F7, F8).
 */
export function demandOf(ledger: Ledger, context: DemandContext): Demand {
  const heard = ledger.statistics;
  let named = 0;
  for (const job of ledger.unfinished()) if (job.state.kind !== "available") named += 1;
  const counted = heard?.counts.assigned ?? 0;
  const lagging = Math.min(context.finishedSinceCounted + context.lostAtWork, counted);
  const current = counted - lagging;
  const base = { counted, named, observedAtMs: heard?.atMs };
  if (named > counted) {
    if (named - context.ranToTheEnd <= current) return { ...base, served: current, disagreement: undefined };
    return { ...base, served: current + 1, disagreement: "names-higher" };
  }
  if (counted > named) {
    const proofs = context.idleSinceMs.filter((sinceMs) => context.nowMs - sinceMs >= context.phantomMs).length;
    const phantom = Math.min(proofs, counted - named);
    // One stays as the proof: should the count be right after all, it takes the job.
    const served = phantom === 0 ? current : Math.max(named + 1, current - phantom + 1);
    return { ...base, served: Math.min(served, current), disagreement: "count-higher" };
  }
  return { ...base, served: current, disagreement: undefined };
}

/** What the pool's runners say about jobs that GitHub no longer counts. */
export interface JobProof {
  /** Whether a runner that lives is known to work on the job. */
  readonly isAtWork: (jobId: string) => boolean;
  /** Whether a runner has been offering itself in vain, so that a job which waits would have been handed to it. */
  readonly isOffered: boolean;
}

/**
 * Named jobs that every count of the whole window has contradicted: completions cut off (F11) or slots that stay "available" (F9).
 * They stop being demand. The counts alone condemn no job: one that a runner works on is none, and one that waits must have been
 * offered a runner.
 */
export function doubtfulJobs(ledger: Ledger, windowMs: number, proof: JobProof): readonly string[] {
  const heard = ledger.statistics;
  if (heard === undefined) return [];
  const known = { available: 0, assigned: 0 };
  const stale = { available: [] as string[], assigned: [] as string[] };
  for (const job of ledger.unfinished()) {
    const kind = countedKind(job);
    known[kind] += 1;
    const lackingSinceMs = ledger.lackingSinceMs(kind);
    if (lackingSinceMs === undefined) continue;
    // Only counts that are younger than the job's last sign can contradict it.
    const isContradicted = heard.atMs - Math.max(lackingSinceMs, job.state.sinceMs) >= windowMs;
    if (isContradicted && isUnproven(job, proof)) stale[kind].push(job.identity.jobId);
  }
  return (["available", "assigned"] as const).flatMap((kind) =>
    stale[kind].slice(0, Math.max(0, known[kind] - heard.counts[kind])),
  );
}

function isUnproven(job: Job, proof: JobProof): boolean {
  if (job.state.kind === "assigned") return proof.isOffered;
  return job.state.kind === "available" || !proof.isAtWork(job.identity.jobId);
}
