import { SeededRandom } from "../time/seeded-random.ts";
import { faultKinds, type FaultKind, type FaultPlan } from "./fault-kinds.ts";

/** One pool of one seed. */
export interface PoolPlan {
  readonly name: string;
  readonly minIdle: number;
  readonly max: number;
  readonly idleGraceMs: number;
  /** What a restart does with busy runners. */
  readonly onStop: "keep" | "drain";
  /** Index of the provider where its instances live. */
  readonly provider: number;
  /** The owner's hard deadline for a job. */
  readonly jobMs: number;
}

/** One job of one seed. */
export interface JobPlan {
  readonly pool: number;
  /** From the start of the world. */
  readonly atMs: number;
  readonly durationMs: number;
  /** When somebody cancels it, counted from its queueing; undefined for most. */
  readonly cancelAfterMs: number | undefined;
}

/** What its operator does to the controller at a fixed moment. */
export type Upheaval =
  | {
      readonly atMs: number;
      readonly kind: "crash" | "restart";
      /** Index of a pool that the configuration no longer names from then on. */
      readonly retiredPool?: number;
    }
  /** `drover drain POOL`, with `--resume` or without. A restart resumes too. */
  | { readonly atMs: number; readonly kind: "drain" | "resume"; readonly pool: number };

/** Everything that a seed decides before the first event. */
export interface Scenario {
  readonly seed: number;
  readonly pools: readonly PoolPlan[];
  readonly jobs: readonly JobPlan[];
  readonly faults: readonly FaultPlan[];
  readonly upheavals?: readonly Upheaval[];
  /** How many runners GitHub lists on a page, at most. */
  readonly pageSize?: number;
  /** How long trouble may last; after that everything heals. */
  readonly troubledMs: number;
  /** Whether a restart finds the journal of the life before it. */
  readonly journalSurvives: boolean;
}

/** What a shrinker may make smaller; absent: as the seed draws it. */
export interface Shrinkage {
  readonly pools?: number;
  readonly jobs?: number;
  readonly faults?: readonly number[];
}

const hourMs = 3_600_000;
const secondMs = 1_000;

/** Draws the scenario of a seed: 1 to 8 pools, 20 to 500 jobs, mostly three or more faults over six virtual hours and more. */
export function drawScenario(seed: number, shrinkage: Shrinkage = {}): Scenario {
  const random = new SeededRandom(seed, 1);
  const troubledMs = random.integer(6, 7) * hourMs;
  const pools = drawPools(random.fork(2)).slice(0, shrinkage.pools ?? 8);
  const jobs = drawJobs(random.fork(3), pools, troubledMs).slice(0, shrinkage.jobs ?? 500);
  const drawn = drawFaults(random.fork(4), troubledMs);
  const journalSurvives = random.chance(0.5);
  const late = random.fork(5);
  return {
    seed,
    pools: drawOddities(late, pools),
    jobs,
    faults: shrinkage.faults === undefined ? drawn : shrinkage.faults.flatMap((index) => drawn[index] ?? []),
    upheavals: drawUpheavals(late, pools, troubledMs),
    pageSize: late.pick([100, 100, 100, 20]),
    troubledMs,
    journalSurvives,
  };
}

/** Names of which one begins with the other, and a deadline that some jobs pass. */
function drawOddities(random: SeededRandom, pools: readonly PoolPlan[]): readonly PoolPlan[] {
  const isLikeTheFirst = random.chance(0.5);
  const hasty = random.chance(0.15) ? random.integer(0, pools.length - 1) : -1;
  return pools.map((pool, index) => ({
    ...pool,
    ...(index === 1 && isLikeTheFirst ? { name: `${pools[0]?.name ?? ""}-b` } : {}),
    ...(index === hasty ? { jobMs: 6 * 60 * secondMs } : {}),
  }));
}

/** Some seeds see a pool drained for a while, some one that the configuration no longer names. */
function drawUpheavals(random: SeededRandom, pools: readonly PoolPlan[], troubledMs: number): readonly Upheaval[] {
  const upheavals: Upheaval[] = [];
  if (random.chance(0.25)) {
    const pool = random.integer(0, pools.length - 1);
    const startMs = random.next() * troubledMs * 0.7;
    const endMs = Math.min(troubledMs * 0.9, startMs + random.around(20 * 60 * secondMs));
    upheavals.push({ atMs: startMs, kind: "drain", pool }, { atMs: endMs, kind: "resume", pool });
  }
  if (pools.length > 1 && random.chance(0.15)) {
    const retiredPool = random.integer(0, pools.length - 1);
    const kind = random.pick(["crash", "restart"] as const);
    upheavals.push({ atMs: random.next() * troubledMs * 0.8, kind, retiredPool });
  }
  return upheavals;
}

function drawPools(random: SeededRandom): readonly PoolPlan[] {
  return Array.from({ length: random.integer(1, 8) }, (_, index) => ({
    name: `pool-${index}`,
    minIdle: random.chance(0.3) ? random.integer(1, 2) : 0,
    max: random.integer(2, 20),
    idleGraceMs: random.pick([30, 120, 300]) * secondMs,
    onStop: random.chance(0.3) ? ("drain" as const) : ("keep" as const),
    provider: random.integer(0, 1),
    jobMs: 6 * hourMs,
  }));
}

/** Bursts and trickles, as pushes and schedules make them. */
function drawJobs(random: SeededRandom, pools: readonly PoolPlan[], troubledMs: number): readonly JobPlan[] {
  const count = Math.round(20 * 25 ** random.next());
  const jobs: JobPlan[] = [];
  const cancelRate = random.chance(0.5) ? 0.05 : 0;
  while (jobs.length < count) {
    const pool = random.integer(0, pools.length - 1);
    const atMs = random.next() * troubledMs * 0.95;
    const burst = random.chance(0.3) ? random.integer(2, 60) : 1;
    for (let index = 0; index < burst && jobs.length < count; index += 1) {
      jobs.push({
        pool,
        atMs: atMs + random.next() * 2_000,
        durationMs: Math.min(25 * 60 * secondMs, 5 * secondMs + random.around(120 * secondMs)),
        cancelAfterMs: random.chance(cancelRate) ? random.around(60 * secondMs) : undefined,
      });
    }
  }
  return jobs.sort((left, right) => left.atMs - right.atMs);
}

/** Some seeds have none, some one at an extreme weight, most a handful. Half of them see crashes, whatever else they see. */
function drawFaults(random: SeededRandom, troubledMs: number): readonly FaultPlan[] {
  const temper = random.next();
  if (temper < 0.04) return [];
  const kinds = faultKinds.filter((kind) => !ownDrawing.has(kind));
  const count = temper < 0.1 ? 1 : random.integer(3, 8);
  const faults = Array.from({ length: count }, (): FaultPlan => {
    const [kind] = kinds.splice(random.integer(0, kinds.length - 1), 1);
    const weight = temper < 0.1 ? 0.9 : random.pick([0.05, 0.15, 0.3, 0.6]);
    return { kind: kind ?? "launch-fails", ...drawSpan(random, troubledMs, 0.25), weight };
  });
  for (const [kind, share] of ownDrawing) {
    if (!random.chance(share)) continue;
    const { startMs, endMs } = drawSpan(random, troubledMs, 0.5);
    // The first minutes are like no others: everything is made then.
    faults.push({ kind, startMs: random.chance(0.5) ? 0 : startMs, endMs, weight: 0.5 });
  }
  return faults;
}

/** How many seeds see the controller itself in trouble: nearly all that the world is for needs a second life. */
const ownDrawing = new Map<FaultKind, number>([
  ["controller-crashes", 0.5],
  ["controller-restarts", 0.3],
]);

function drawSpan(
  random: SeededRandom,
  troubledMs: number,
  meanShare: number,
): { readonly startMs: number; readonly endMs: number } {
  const startMs = random.next() * troubledMs * 0.8;
  return { startMs, endMs: startMs + Math.min(troubledMs - startMs, 60_000 + random.around(meanShare * troubledMs)) };
}
