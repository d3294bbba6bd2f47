import type { RecordedEntry } from "../../src/core/ports/journal.ts";
import type {
  JobView,
  Operations,
  Overview,
  PoolView,
  ReadModel,
  RunnerView,
  WhyView,
} from "../../src/core/ports/read-model.ts";

/** A read model in memory whose state a test writes by hand. It keeps its entries as the memory journal does. */
export class FakeReadModel implements ReadModel, Operations {
  view: Overview = { installation: "acme-eu", incarnation: "k3m9", startedAtMs: 1000, ready: true, problems: [] };
  poolViews: PoolView[] = [];
  runnerViews: RunnerView[] = [];
  jobViews: JobView[] = [];
  readonly logs = new Map<string, string>();
  readonly drained = new Map<string, boolean>();
  readonly #entries: RecordedEntry[] = [];
  readonly #listeners = new Set<(entry: RecordedEntry) => void>();

  overview(): Overview {
    return this.view;
  }

  pools(): readonly PoolView[] {
    return this.poolViews;
  }

  runners(): readonly RunnerView[] {
    return this.runnerViews;
  }

  jobs(): readonly JobView[] {
    return this.jobViews;
  }

  why(job: string): Promise<WhyView | undefined> {
    const found = this.jobViews.find(
      (view) => view.id === job || view.name === job || `${view.runId}/${view.name}` === job,
    );
    return Promise.resolve(
      found && {
        job: found,
        verdict: "It waits for a runner.",
        waitedMs: 1500,
        chain: [],
        events: this.#entries.filter((entry) => entry.job === found.id),
      },
    );
  }

  runnerLog(runner: string, options: { readonly maxBytes: number }): Promise<string | undefined> {
    return Promise.resolve(this.logs.get(runner)?.slice(-options.maxBytes));
  }

  events(afterSequence: number, limit: number): readonly RecordedEntry[] {
    return this.#entries.filter((entry) => entry.sequence > afterSequence).slice(0, limit);
  }

  subscribe(listener: (entry: RecordedEntry) => void): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  setDrained(pool: string, drained: boolean): boolean {
    if (!this.poolViews.some((view) => view.name === pool)) return false;
    this.drained.set(pool, drained);
    return true;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  record(entry: Partial<Omit<RecordedEntry, "sequence">> & { readonly kind: string }): void {
    const recorded = { atMs: 0, pool: "linux", ...entry, sequence: this.#entries.length + 1 };
    this.#entries.push(recorded);
    for (const listener of this.#listeners) listener(recorded);
  }
}

export function poolView(view: Partial<PoolView> = {}): PoolView {
  return {
    name: "linux",
    scope: "acme/widgets",
    labels: ["linux"],
    size: { minIdle: 0, max: 4 },
    state: "active",
    demand: { counted: 3, named: 2, served: 3, source: "scale-set", observedAtMs: 1000 },
    wanted: 3,
    capacity: 4,
    counts: { starting: 1, idle: 0, busy: 2, ending: 0 },
    source: { state: "connected", sinceMs: 1000 },
    ...view,
  };
}

export function runnerView(view: Partial<RunnerView> = {}): RunnerView {
  return {
    name: "linux-k3m9-1",
    pool: "linux",
    provider: "host",
    phase: "idle",
    sinceMs: 1000,
    launchedAtMs: 1000,
    adopted: false,
    ...view,
  };
}

export function jobView(view: Partial<JobView> = {}): JobView {
  return {
    id: "8f4c1e9e-0000-4000-8000-000000000001",
    pool: "linux",
    repository: "acme/widgets",
    name: "build",
    runId: 41,
    labels: ["linux"],
    status: "running",
    ...view,
  };
}
