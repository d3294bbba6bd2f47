import type { GitHubModel } from "./github-model.ts";
import type { Job } from "./records.ts";
import { randomGuid } from "./time-and-chance.ts";

/** A job without a workflow file: a run of its own with one job and one step. */
export interface RawJobWish {
  /** Owner and name. */
  readonly repository: string;
  /** `runs-on`. */
  readonly labels: readonly string[];
  readonly name?: string | undefined;
  readonly runnerGroup?: string | undefined;
  /** How long the job's one step takes when a real runner runs it. */
  readonly durationMs?: number | undefined;
  /** What the one step runs instead of waiting. */
  readonly script?: string | undefined;
}

/** Queues a raw job. @throws {RangeError} the repository is unknown. */
export function queueRawJob(model: GitHubModel, wish: RawJobWish): Job {
  const repository = model.tenants.repository(wish.repository);
  if (repository === undefined) {
    throw new RangeError(`The simulator serves no repository "${wish.repository}". Start it with --repo to add it.`);
  }
  const name = wish.name ?? "job";
  return model.queueJob({
    jobId: randomGuid(model.kernel.random),
    restJobId: model.jobs.nextRestJobId(),
    runId: model.jobs.nextRunId(),
    attempt: 1,
    repository: repository.fullName,
    name,
    labels: wish.labels,
    runnerGroup: wish.runnerGroup,
    workflowName: name,
    workflowRef: `${repository.fullName}/.github/workflows/raw.yml@refs/heads/main`,
    event: "workflow_dispatch",
    actor: "octocat",
    timeoutMinutes: 360,
    durationMs: wish.durationMs,
    script: wish.script,
    fromWorkflow: false,
  });
}
