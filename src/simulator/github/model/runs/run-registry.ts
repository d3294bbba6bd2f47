import type { JobRow, Run } from "./run.ts";

/** Every run that is remembered, with its jobs. Runs that are over are forgotten, the oldest first, beyond the bound. */
export class RunRegistry {
  readonly #jobsMax: number;
  /** Oldest first. */
  readonly #runs = new Map<number, Run>();
  readonly #rows = new Map<string, JobRow>();
  readonly #byRestId = new Map<number, JobRow>();

  /** @param jobsMax jobs of all runs, every execution counted. What is not over stays beyond it. */
  constructor(jobsMax: number) {
    this.#jobsMax = jobsMax;
  }

  add(run: Run): void {
    this.#runs.set(run.id, run);
  }

  addRow(row: JobRow): void {
    this.#rows.set(row.jobId, row);
    this.#byRestId.set(row.restJobId, row);
  }

  dropRow(row: JobRow): void {
    this.#rows.delete(row.jobId);
    this.#byRestId.delete(row.restJobId);
  }

  find(runId: number): Run | undefined {
    return this.#runs.get(runId);
  }

  /** By GUID, or by the integer of the REST interface. */
  row(id: string | number): JobRow | undefined {
    return typeof id === "number" ? this.#byRestId.get(id) : this.#rows.get(id);
  }

  /** Oldest first. */
  all(): IterableIterator<Run> {
    return this.#runs.values();
  }

  /** Every execution of every job, by run, attempt and the order of the file. */
  rows(): readonly JobRow[] {
    return [...this.#runs.values()].flatMap(rowsOf);
  }

  /** Forgets runs that are over until the others fit. */
  makeRoom(): void {
    for (const run of this.#runs.values()) {
      if (this.#rows.size <= this.#jobsMax) return;
      if (run.status !== "completed") continue;
      this.#runs.delete(run.id);
      for (const row of rowsOf(run)) this.dropRow(row);
    }
  }
}

/** A row that a later attempt kept is one row all the same. */
function rowsOf(run: Run): readonly JobRow[] {
  return [...new Set([...run.earlier, run.nodes].flatMap((nodes) => [...nodes.values()].flatMap((node) => node.rows)))];
}
