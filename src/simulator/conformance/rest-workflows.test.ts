import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AdminClient } from "./lab-clients.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";

const ci = `
name: CI
on: push
jobs:
  build:
    runs-on: linux
    steps:
      - run: echo one
      - run: echo two
  test:
    needs: build
    runs-on: linux
    steps: [{ run: echo three }]
`;
const release = `
name: Release
on:
  workflow_dispatch:
    inputs:
      version: { required: true }
jobs:
  ship: { runs-on: linux, steps: [{ run: echo ship }] }
`;

describe.each(bothFronts)("workflows, runs and jobs over REST, %s front", (front) => {
  let lab: ServiceLab;
  let client: AdminClient;
  let scaleSet: number;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
    client = await lab.connect("acme");
    scaleSet = await client.scaleSet("linux");
  });
  afterEach(() => lab.close());

  const actions = "/repos/acme/widgets/actions";
  const push = async () => {
    const files = [
      { path: ".github/workflows/ci.yml", text: ci },
      { path: ".github/workflows/release.yml", text: release },
    ];
    const pushed = await lab.control("POST", "/push", { repository: "acme/widgets", files });
    return (pushed.json.runs[0] as { id: number }).id;
  };
  const start = async () => {
    const queue = await client.session(scaleSet);
    await queue.glance();
    return lab.take(await lab.onlineRunner(client, scaleSet, "r1"));
  };

  test("instants that GitHub's schema wants as texts are never null, whatever a job waits for", async () => {
    const run = await push();
    const { jobs } = (await lab.rest("GET", `${actions}/runs/${run}/jobs`)).json;
    expect(jobs).toHaveLength(2);
    for (const job of jobs as Record<string, unknown>[]) {
      expect(job).toMatchObject({
        created_at: "2026-11-21T12:00:00Z",
        started_at: "2026-11-21T12:00:00Z",
        completed_at: null,
        head_branch: "main",
        head_sha: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      });
    }
    lab.pass(5000);
    await start();
    const [build] = (await lab.rest("GET", `${actions}/runs/${run}/jobs`)).json.jobs;
    expect(build).toMatchObject({ status: "in_progress", started_at: "2026-11-21T12:00:05Z" });
  });

  test("of the steps of a running job one is in progress, and those behind it are queued", async () => {
    const run = await push();
    const job = await start();
    lab.gitHub.workflows.runs.jobSteps(job.spec.jobId, [{ name: "Set up job", number: 1, conclusion: "success" }]);
    const [build] = (await lab.rest("GET", `${actions}/runs/${run}/jobs`)).json.jobs;
    const steps = build.steps as { status: string; conclusion: string | null }[];
    expect(steps.map(({ status, conclusion }) => [status, conclusion])).toEqual([
      ["completed", "success"],
      ["in_progress", null],
      ["queued", null],
    ]);
  });

  test("a run names its workflow, its attempt and the repository, and links what belongs to it", async () => {
    const run = await push();
    const view = (await lab.rest("GET", `${actions}/runs/${run}`)).json;
    const { workflows } = (await lab.rest("GET", `${actions}/workflows`)).json;
    expect(workflows).toMatchObject([
      { name: "CI", path: ".github/workflows/ci.yml", state: "active", id: view.workflow_id },
      { name: "Release", path: ".github/workflows/release.yml" },
    ]);
    expect(view).toMatchObject({
      run_attempt: 1,
      previous_attempt_url: null,
      actor: { type: "User" },
      repository: { full_name: "acme/widgets", owner: { login: "acme" } },
      workflow_url: workflows[0].url,
      pull_requests: [],
    });
    expect((await lab.rest("GET", `${actions}/runs/${run}/attempts/1`)).json).toEqual(view);
    expect((await lab.rest("GET", `${actions}/runs/${run}/attempts/2`)).status).toBe(404);
    for (const name of ["ci.yml", String(view.workflow_id)]) {
      expect((await lab.rest("GET", `${actions}/workflows/${name}`)).json).toEqual(workflows[0]);
      expect((await lab.rest("GET", `${actions}/workflows/${name}/runs`)).json).toMatchObject({
        total_count: 1,
        workflow_runs: [{ id: run }],
      });
    }
    expect((await lab.rest("GET", `${actions}/workflows/release.yml/runs`)).json.total_count).toBe(0);
    expect((await lab.rest("GET", `${actions}/workflows/none.yml`)).status).toBe(404);
    expect((await lab.rest("GET", "/repos/acme/gadgets/actions/workflows")).json.total_count).toBe(0);
    expect((await lab.rest("GET", `${actions}/runs/${run}/artifacts`)).json).toEqual({ total_count: 0, artifacts: [] });
  });

  test("a workflow is dispatched by its file name or number, with inputs, if it listens to that", async () => {
    await push();
    const dispatch = (name: string, body: unknown) => lab.rest("POST", `${actions}/workflows/${name}/dispatches`, body);
    const good = await dispatch("release.yml", { ref: "main", inputs: { version: "1.2" } });
    expect([good.status, good.body]).toEqual([204, ""]);
    const { workflow_runs: runs } = (await lab.rest("GET", `${actions}/workflows/release.yml/runs`)).json;
    expect(runs).toMatchObject([{ event: "workflow_dispatch", head_branch: "main" }]);
    const id = runs[0].workflow_id as number;
    const told = await dispatch(String(id), { ref: "main", inputs: { version: "1.3" }, return_run_details: true });
    expect(told.status).toBe(200);
    expect((await lab.rest("GET", `${actions}/runs/${told.json.workflow_run_id}`)).json.url).toBe(told.json.run_url);
    expect((await dispatch("ci.yml", { ref: "main" })).json).toMatchObject({
      status: "422",
      message: expect.stringContaining("workflow_dispatch") as string,
    });
    expect((await dispatch("release.yml", { ref: "main" })).status, "a required input is missing").toBe(422);
    expect((await dispatch("release.yml", { inputs: { version: "1" } })).status, "no ref").toBe(422);
    expect((await dispatch("none.yml", { ref: "main" })).status).toBe(404);
  });

  test("a finished job's log is behind a redirect; a job that is not over has none", async () => {
    const run = await push();
    const [build] = (await lab.rest("GET", `${actions}/runs/${run}/jobs`)).json.jobs as { id: number }[];
    expect((await lab.rest("GET", `${actions}/jobs/${build?.id}/logs`)).status).toBe(404);
    const job = await start();
    lab.model.finishJob(job.spec.jobId, { conclusion: "success" });
    const answer = await lab.rest("GET", `${actions}/jobs/${build?.id}/logs`);
    expect([answer.status, answer.body]).toEqual([302, ""]);
    const log = await lab.send("GET", answer.headers["location"] ?? "", {});
    expect([log.status, log.headers["content-type"]]).toEqual([200, "text/plain; charset=utf-8"]);
  });
});
