import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AdminClient } from "./lab-clients.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";

const workflow = `
name: ci
on: push
jobs:
  build:
    runs-on: linux
    steps:
      - run: echo one
  test:
    needs: build
    runs-on: linux
    steps:
      - run: echo two
`;

describe.each(bothFronts)("GitHub's REST interface over the %s front", (front) => {
  let lab: ServiceLab;
  let client: AdminClient;
  let id: number;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
    client = await lab.connect("acme");
    id = await client.scaleSet("linux");
  });
  afterEach(() => lab.close());

  const push = async () => {
    const pushed = await lab.control("POST", "/push", {
      repository: "acme/widgets",
      files: [{ path: ".github/workflows/ci.yml", text: workflow }],
    });
    expect(pushed.status).toBe(201);
    return pushed.json.runs[0] as { id: number; jobs: { id: string; name: string }[] };
  };
  /** Runs the job that waits, on a fresh runner. */
  const runNext = async (name: string, conclusion: "success" | "failure") => {
    const queue = lab.model.scaleSets.get(id).session === undefined ? await client.session(id) : undefined;
    if (queue !== undefined) await queue.glance({ capacity: 10 });
    const runner = await lab.onlineRunner(client, id, name);
    const job = lab.take(runner);
    lab.model.finishJob(job.spec.jobId, { conclusion });
    if (queue !== undefined) await client.call("DELETE", queue.sessionPath);
    return job;
  };

  test("runners are listed in pages that Link headers lead through", async () => {
    for (let index = 0; index < 5; index += 1) await lab.onlineRunner(client, id, `r${index}`);
    const names: string[] = [];
    let path = "/orgs/acme/actions/runners?per_page=2";
    for (let pages = 0; pages < 10; pages += 1) {
      const answer = await lab.rest("GET", path);
      expect(answer.json.total_count).toBe(5);
      names.push(...(answer.json.runners as { name: string }[]).map((runner) => runner.name));
      const next = /<([^>]+)>; rel="next"/.exec(answer.headers["link"] ?? "")?.[1];
      if (next === undefined) break;
      path = next.replace(`${lab.url}/api/v3`, "");
    }
    expect(names).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    expect((await lab.rest("GET", "/orgs/acme/actions/runners?per_page=2")).headers["link"]).toContain('rel="last"');
  });

  test("a runner is found by name, read by number, and deleted unless it is busy", async () => {
    const runner = await lab.onlineRunner(client, id, "r1");
    const found = await lab.rest("GET", "/orgs/acme/actions/runners?name=r1");
    expect(found.json.runners).toEqual([(await lab.rest("GET", `/orgs/acme/actions/runners/${runner.id}`)).json]);
    expect(found.json.runners[0]).toMatchObject({ name: "r1", status: "online", busy: false, ephemeral: true });
    expect((await lab.rest("GET", "/orgs/acme/actions/runners?name=nobody")).json.total_count).toBe(0);

    const queue = await client.session(id);
    lab.queueJob();
    await queue.poll();
    lab.take(runner);
    const busy = await lab.rest("DELETE", `/orgs/acme/actions/runners/${runner.id}`);
    expect([busy.status, busy.headers["x-accepted-github-permissions"]]).toEqual([422, undefined]);
    expect((await lab.rest("GET", `/orgs/acme/actions/runners/${runner.id}`)).json.busy).toBe(true);
    const idle = await lab.onlineRunner(client, id, "r2");
    const deleted = await lab.rest("DELETE", `/orgs/acme/actions/runners/${idle.id}`);
    expect([deleted.status, deleted.headers["x-accepted-github-permissions"]]).toEqual([
      204,
      "organization_self_hosted_runners=write",
    ]);
    expect((await lab.rest("DELETE", `/orgs/acme/actions/runners/${idle.id}`)).status).toBe(404);
    expect((await lab.rest("GET", `/repos/acme/widgets/actions/runners/${runner.id}`)).status, "another scope").toBe(
      404,
    );
  });

  test("a JIT configuration over REST registers a runner of the scope, and a taken name gives 409", async () => {
    const wish = { name: "r1", runner_group_id: 1, labels: ["self-hosted", "gpu"] };
    const answer = await lab.rest("POST", "/repos/acme/widgets/actions/runners/generate-jitconfig", wish);
    expect(answer.status).toBe(201);
    expect(answer.json.runner).toMatchObject({
      name: "r1",
      status: "offline",
      labels: [
        { name: "self-hosted", type: "read-only" },
        { name: "gpu", type: "custom" },
      ],
    });
    const files = JSON.parse(Buffer.from(answer.json.encoded_jit_config as string, "base64").toString()) as object;
    expect(Object.keys(files)).toContain(".credentials");
    expect((await lab.rest("POST", "/repos/acme/widgets/actions/runners/generate-jitconfig", wish)).status).toBe(409);
    for (const wrong of [
      { ...wish, labels: [] },
      { ...wish, name: "" },
      { ...wish, runner_group_id: 9 },
    ]) {
      const refused = await lab.rest("POST", "/repos/acme/widgets/actions/runners/generate-jitconfig", { ...wrong });
      expect(refused.status, JSON.stringify(wrong)).toBe(422);
    }
    const job = lab.queueJob({ labels: ["gpu"] });
    const runner = lab.model.connectRunner(answer.json.runner.id as number);
    expect(lab.take(runner).spec.jobId, "it takes jobs without any scale set").toBe(job.spec.jobId);
  });

  test("runner groups are listed; a registration token and a removal token may look at runners", async () => {
    expect((await lab.rest("GET", "/orgs/acme/actions/runner-groups")).json).toMatchObject({
      total_count: 1,
      runner_groups: [{ id: 1, name: "Default", default: true }],
    });
    const { token } = (await lab.rest("POST", "/orgs/acme/actions/runners/remove-token")).json;
    const runner = await lab.onlineRunner(client, id, "r1");
    const remote = { authorization: `RemoteAuth ${token}` };
    expect((await lab.rest("DELETE", `/orgs/acme/actions/runners/${runner.id}`, undefined, remote)).status).toBe(204);
    expect((await lab.rest("GET", "/repos/acme/widgets/actions/runners", undefined, remote)).status).toBe(403);
  });

  test("an unchanged answer is 304 and costs nothing of the hourly budget; another token asks anew", async () => {
    const first = await lab.rest("GET", "/repos/acme/widgets");
    expect(first.json).toMatchObject({ full_name: "acme/widgets", private: true });
    expect(first.headers).toMatchObject({
      "x-ratelimit-limit": "5000",
      "x-ratelimit-resource": "core",
      "x-ratelimit-reset": String(lab.clock.nowMs() / 1000 + 3600),
    });
    const known = { "if-none-match": first.headers["etag"] ?? "" };
    const same = await lab.rest("GET", "/repos/acme/widgets", undefined, known);
    expect([same.status, same.body]).toEqual([304, ""]);
    expect(same.headers["x-ratelimit-used"]).toBe(first.headers["x-ratelimit-used"]);
    lab.model.credentials.addPersonalToken("ghp_second");
    const second = await lab.rest("GET", "/repos/acme/widgets", undefined, {
      ...known,
      authorization: "Bearer ghp_second",
    });
    expect(second.status).toBe(200);
  });

  test("a spent budget is refused with 403 until its hour is over; registration has a budget of its own", async () => {
    lab.model.credentials
      .restCredential(lab.token)
      .budgets.set("core", { used: 5000, resetAtMs: lab.clock.nowMs() + 60_000 });
    const refused = await lab.rest("GET", "/repos/acme/widgets");
    expect([refused.status, refused.headers["x-ratelimit-remaining"]]).toEqual([403, "0"]);
    const budgets = await lab.rest("GET", "/rate_limit");
    expect([budgets.status, budgets.json.resources.core]).toMatchObject([200, { limit: 5000, remaining: 0 }]);
    const token = await lab.rest("POST", "/orgs/acme/actions/runners/registration-token");
    expect([token.status, token.headers["x-ratelimit-resource"]]).toEqual([201, "actions_runner_registration"]);
    lab.pass(60_000);
    expect((await lab.rest("GET", "/repos/acme/widgets")).status).toBe(200);
  });

  test("a pushed workflow shows as a run with its jobs, from queued to completed", async () => {
    const { id: run, jobs } = await push();
    const list = async (query = "") => (await lab.rest("GET", `/repos/acme/widgets/actions/runs${query}`)).json;
    expect(await list()).toMatchObject({
      total_count: 1,
      workflow_runs: [{ id: run, name: "ci", status: "queued", conclusion: null }],
    });
    expect((await list("?status=completed")).total_count).toBe(0);
    expect((await list("?event=push&branch=main&created=%3E%3D2026-11-20")).total_count).toBe(1);
    expect((await list("?created=%3C2026-11-20")).total_count).toBe(0);

    const build = await runNext("r1", "success");
    expect(build.spec.jobId).toBe(jobs[0]?.id);
    await runNext("r2", "success");
    const over = (await lab.rest("GET", `/repos/acme/widgets/actions/runs/${run}/jobs`)).json;
    expect(over.jobs).toMatchObject([
      {
        name: "build",
        status: "completed",
        conclusion: "success",
        runner_name: "r1",
        run_id: run,
        workflow_name: "ci",
      },
      { name: "test", status: "completed", conclusion: "success", runner_name: "r2", labels: ["linux"] },
    ]);
    const one = await lab.rest("GET", `/repos/acme/widgets/actions/jobs/${over.jobs[0].id}`);
    expect(one.json).toEqual(over.jobs[0]);
    expect(
      (await lab.rest("GET", `/repos/acme/gadgets/actions/jobs/${over.jobs[0].id}`)).status,
      "another repository",
    ).toBe(404);
    expect((await list("?status=success")).workflow_runs[0]).toMatchObject({
      status: "completed",
      conclusion: "success",
    });
    expect((await lab.rest("POST", `/repos/acme/widgets/actions/runs/${run}/cancel`)).status, "over already").toBe(409);
    expect((await lab.rest("GET", `/repos/acme/gadgets/actions/runs/${run}`)).status).toBe(404);
  });

  test("failed jobs are run again as the next attempt, and a run is cancelled", async () => {
    const { id: run } = await push();
    await runNext("r1", "failure");
    expect((await lab.rest("GET", `/repos/acme/widgets/actions/runs/${run}`)).json.conclusion).toBe("failure");
    expect((await lab.rest("POST", `/repos/acme/widgets/actions/runs/${run}/rerun-failed-jobs`)).status).toBe(201);
    expect((await lab.rest("GET", `/repos/acme/widgets/actions/runs/${run}`)).json).toMatchObject({
      run_attempt: 2,
      status: "queued",
    });
    expect((await lab.rest("POST", `/repos/acme/widgets/actions/runs/${run}/cancel`)).status).toBe(202);
    expect((await lab.rest("GET", `/repos/acme/widgets/actions/runs/${run}`)).json).toMatchObject({
      status: "completed",
      conclusion: "cancelled",
    });
    const attempts = async (attempt: number) =>
      (await lab.rest("GET", `/repos/acme/widgets/actions/runs/${run}/attempts/${attempt}/jobs`)).json.jobs as {
        conclusion: string;
      }[];
    expect((await attempts(1))[0]?.conclusion).toBe("failure");
    expect((await attempts(2))[0]?.conclusion).toBe("cancelled");
    expect((await lab.rest("POST", `/repos/acme/widgets/actions/runs/${run}/rerun`)).status).toBe(201);
  });

  test("a token may use Basic, Bearer and token; without any the answer is 401", async () => {
    const basic = Buffer.from(`github:${lab.token}`).toString("base64");
    for (const authorization of [`Basic ${basic}`, `bearer ${lab.token}`, `token ${lab.token}`]) {
      expect((await lab.rest("GET", "/repos/acme/widgets", undefined, { authorization })).status, authorization).toBe(
        200,
      );
    }
    expect((await lab.send("GET", `${lab.url}/api/v3/repos/acme/widgets`, {})).status).toBe(401);
  });

  test("HEAD says what GET would, without the body; the Actions Service does not know it", async () => {
    const got = await lab.rest("GET", "/repos/acme/widgets");
    const head = await lab.rest("HEAD", "/repos/acme/widgets");
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(head.headers).toMatchObject({
      etag: got.headers["etag"],
      "content-type": got.headers["content-type"],
      "content-length": String(Buffer.byteLength(got.body)),
    });
    expect((await lab.rest("HEAD", "/repos/acme/none")).status).toBe(404);
    expect((await client.call("HEAD", "/runnerscalesets")).status).toBe(404);
  });
});
