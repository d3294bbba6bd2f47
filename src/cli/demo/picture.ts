import type { Truth, TruthJob } from "../simulator/truth.ts";

export type JobState = "blocked" | "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "skipped";

/** One job as the picture shows it. Instants are the simulator's. */
export interface PicturedJob {
  readonly id: string;
  /** `CI / lint`, as GitHub's checks say it. */
  readonly label: string;
  readonly name: string;
  readonly state: JobState;
  readonly runner: string | undefined;
  readonly queuedAtMs: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
}

export interface PicturedPool {
  readonly name: string;
  readonly max: number;
  readonly working: number;
  readonly ready: number;
}

/** The demo at one moment, by the simulator's truth alone. */
export interface Picture {
  readonly nowMs: number;
  /** When the demo began; the clock in the corner counts from here. */
  readonly beganAtMs: number;
  /** One short sentence: what goes on. */
  readonly act: string;
  readonly jobs: readonly PicturedJob[];
  readonly pools: readonly PicturedPool[];
  readonly runners: { readonly made: number; readonly gone: number };
}

export function pictureOf(
  truth: Truth,
  facts: {
    readonly nowMs: number;
    readonly beganAtMs: number;
    readonly act: string;
    readonly pools: readonly { readonly name: string; readonly max: number }[];
  },
): Picture {
  const working = new Set(truth.jobs.filter((job) => job.status === "in_progress").map((job) => job.runner));
  const living = truth.runners.filter((runner) => runner.goneAt === null);
  return {
    ...facts,
    jobs: truth.jobs.map(picturedJob),
    pools: facts.pools.map(({ name, max }) => {
      const own = living.filter((runner) => runner.pool === name);
      const busy = own.filter((runner) => working.has(runner.name)).length;
      return { name, max, working: busy, ready: own.length - busy };
    }),
    runners: { made: truth.runners.length, gone: truth.runners.length - living.length },
  };
}

function picturedJob(job: TruthJob): PicturedJob {
  return {
    id: job.id,
    label: job.workflow === null ? job.name : `${job.workflow} / ${job.name}`,
    name: job.name,
    state: stateOf(job),
    runner: job.runner ?? undefined,
    queuedAtMs: instant(job.queuedAt),
    startedAtMs: instant(job.startedAt),
    completedAtMs: instant(job.completedAt),
  };
}

function stateOf(job: TruthJob): JobState {
  switch (job.status) {
    case "completed":
      return endOf(job.conclusion);
    case "in_progress":
      return "running";
    case "queued":
    case "assigned":
      return "waiting";
    default:
      return "blocked";
  }
}

function endOf(conclusion: string | null): JobState {
  switch (conclusion) {
    case "success":
      return "succeeded";
    case "cancelled":
      return "cancelled";
    case "skipped":
      return "skipped";
    default:
      return "failed";
  }
}

export function instant(text: string | null): number | undefined {
  const ms = text === null ? NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

export function isOver(job: PicturedJob): boolean {
  return job.state !== "blocked" && job.state !== "waiting" && job.state !== "running";
}
