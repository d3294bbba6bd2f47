import type { JobMessageWire } from "../broker/job-desk.ts";

/** A job without a workflow file: one step, given as a script. */
export interface RawJob {
  readonly jobId: string;
  /** A step id is made of it, so it must differ between jobs: a GUID. */
  readonly stepId: string;
  readonly name: string;
  /** Owner and name. */
  readonly repository: string;
  readonly runId: number;
  readonly attempt: number;
  readonly event: string;
  readonly actor: string;
  readonly script: string;
}

/** The script of a raw job that says nothing about its work but how long it takes. */
export function sleepScript(durationMs: number | undefined): string {
  return durationMs === undefined || durationMs <= 0 ? "echo hello" : `sleep ${(durationMs / 1000).toFixed(3)}`;
}

/** The smallest job message that both known runners accept and run. */
export function rawJobMessage(job: RawJob, wire: JobMessageWire): Readonly<Record<string, unknown>> {
  const origin = wire.serviceBase.replace(/\/$/, "");
  const [owner = ""] = job.repository.split("/");
  const token = wire.gitHubToken;
  const github: Readonly<Record<string, unknown>> = {
    repository: job.repository,
    repository_owner: owner,
    workflow: job.name,
    job: job.name,
    event_name: job.event,
    event: { t: 2, d: [] },
    server_url: origin,
    api_url: `${origin}/api/v3`,
    graphql_url: `${origin}/api/graphql`,
    sha: "0".repeat(40),
    ref: "refs/heads/main",
    ref_name: "main",
    ref_type: "branch",
    run_id: String(job.runId),
    run_number: String(job.runId),
    run_attempt: String(job.attempt),
    actor: job.actor,
    head_ref: "",
    base_ref: "",
  };
  const strategy = { "fail-fast": true, "job-index": 0, "job-total": 1, "max-parallel": 1 };
  return {
    messageType: "RunnerJobRequest",
    plan: {
      scopeIdentifier: job.jobId,
      planType: "actions",
      version: 12,
      planId: wire.planId,
      planGroup: "actions",
    },
    timeline: { id: wire.planId, changeId: 1, location: null },
    jobId: job.jobId,
    jobDisplayName: job.name,
    jobName: "__default",
    requestId: 1,
    lockedUntil: new Date(wire.lockedUntilMs).toISOString(),
    resources: {
      endpoints: [
        {
          name: "SystemVssConnection",
          url: wire.serviceBase,
          authorization: { scheme: "OAuth", parameters: { AccessToken: wire.jobToken } },
          data: { ResultsServiceUrl: wire.serviceBase, FeedStreamUrl: wire.feedUrl },
          isShared: false,
          isReady: true,
        },
      ],
    },
    contextData: {
      github: dictionary(github),
      needs: dictionary({}),
      vars: dictionary({}),
      strategy: dictionary(strategy),
      matrix: null,
      inputs: null,
    },
    workspace: {},
    mask: [{ type: "regex", value: token }],
    variables: {
      "system.github.token": { value: token, isSecret: true },
      github_token: { value: token, isSecret: true },
      "system.github.job": { value: job.name },
      "system.github.results_endpoint": { value: wire.serviceBase },
      "system.orchestrationId": { value: `${wire.planId}.${job.name}.__default` },
      "system.phaseDisplayName": { value: job.name },
    },
    steps: [
      {
        type: "action",
        id: job.stepId,
        name: "__run",
        contextName: "__run",
        displayNameToken: `Run ${job.script.split("\n", 1)[0] ?? ""}`,
        condition: "success()",
        reference: { type: "script" },
        inputs: { type: 2, map: [{ Key: "script", Value: job.script }] },
      },
    ],
    fileTable: [],
  };
}

function dictionary(members: Readonly<Record<string, unknown>>): unknown {
  return { t: 2, d: Object.entries(members).map(([k, v]) => ({ k, v })) };
}
