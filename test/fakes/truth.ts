import type { Truth, TruthJob, TruthRunner } from "../../src/cli/simulator/truth.ts";

/** A job of the simulator's truth; seconds from the epoch make its instants. */
export function truthJob(
  name: string,
  facts: Partial<Omit<TruthJob, "name" | "queuedAt" | "startedAt" | "completedAt">> & {
    readonly queuedS?: number;
    readonly startedS?: number;
    readonly completedS?: number;
  } = {},
): TruthJob {
  const { queuedS, startedS, completedS, ...rest } = facts;
  const at = (seconds: number | undefined) => (seconds === undefined ? null : new Date(seconds * 1000).toISOString());
  const status =
    completedS !== undefined
      ? "completed"
      : startedS !== undefined
        ? "in_progress"
        : queuedS !== undefined
          ? "queued"
          : "waiting";
  return {
    id: name,
    run: 1,
    workflow: "CI",
    name,
    runsOn: ["linux"],
    status,
    conclusion: completedS === undefined ? null : "success",
    runner: startedS === undefined ? null : `linux-k3m9-${name}`,
    attempt: 1,
    steps: [],
    outputs: {},
    queuedAt: at(queuedS),
    assignedAt: at(queuedS),
    startedAt: at(startedS),
    completedAt: at(completedS),
    ...rest,
  };
}

export function truthRunner(name: string, facts: Partial<TruthRunner> = {}): TruthRunner {
  return {
    name,
    pool: "linux",
    registeredAt: new Date(0).toISOString(),
    goneAt: new Date(1000).toISOString(),
    ...facts,
  };
}

export function truthOf(jobs: readonly TruthJob[], runners: readonly TruthRunner[] = []): Truth {
  return { jobs, runners };
}
