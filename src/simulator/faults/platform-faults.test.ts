import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminClient, jobMessages, type QueueClient, typesOf } from "../conformance/lab-clients.ts";
import { bothFronts, ServiceLab } from "../conformance/service-lab.ts";

describe.each(bothFronts)("platform faults by number over the %s front", (front) => {
  let lab: ServiceLab;
  let client: AdminClient;
  let id: number;
  let queue: QueueClient;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
    client = await lab.connect("acme");
    id = await client.scaleSet("linux");
    queue = await client.session(id);
  });
  afterEach(() => lab.close());

  const start = async (request: Record<string, unknown>) => {
    const started = await lab.control("POST", "/faults", request);
    expect(started.status, started.body).toBe(201);
    return started.json as { handle: string };
  };
  const stop = (fault: string) => lab.control("DELETE", `/faults/${fault}`);
  const statistics = async () => (await client.get(`/runnerscalesets/${id}`)).json.statistics;
  const busyRunner = async () => {
    const runner = await lab.onlineRunner(client, id, `r${lab.clock.nowMs()}`);
    lab.queueJob();
    await queue.glance();
    lab.take(runner);
    return runner;
  };

  test("a fault ends by itself after its time, and is listed until then", async () => {
    await start({ fault: "F11", forMs: 60_000, limit: 2 });
    expect((await lab.control("GET", "/faults")).json.faults).toMatchObject([
      { fault: "F11", since: "2026-11-21T12:00:00.000Z", until: "2026-11-21T12:01:00.000Z", options: { limit: 2 } },
    ]);
    lab.pass(59_999);
    expect(lab.gitHub.faults.list()).toHaveLength(1);
    lab.pass(1);
    expect(lab.gitHub.faults.list()).toEqual([]);
    expect(lab.model.kernel.behaviour.messageJobsMax).toBeUndefined();
  });

  test("starting a fault again replaces it, and all end at once when asked", async () => {
    await start({ fault: "F11", limit: 2 });
    await start({ fault: "f11", limit: 7 });
    await start({ fault: "F1" });
    expect(lab.gitHub.faults.list().map(({ fault, options }) => [fault, options["limit"]])).toEqual([
      ["F11", 7],
      ["F1", undefined],
    ]);
    expect((await lab.control("DELETE", "/faults")).json).toEqual({ ended: 2 });
    expect(lab.model.kernel.behaviour.messageJobsMax).toBeUndefined();
  });

  test("F1 a runner reads as idle for a while after its job began; deleting it is refused all the same", async () => {
    await start({ fault: "F1" });
    const runner = await busyRunner();
    const shown = async () => [
      (await lab.rest("GET", `/orgs/acme/actions/runners/${runner.id}`)).json.busy,
      (await client.get(`/_apis/distributedtask/pools/0/agents/${runner.id}`)).json.busy,
    ];
    lab.pass(24_999);
    expect(await shown()).toEqual([false, false]);
    expect((await client.call("DELETE", `/_apis/distributedtask/pools/0/agents/${runner.id}`)).status).toBe(400);
    lab.pass(35_001);
    expect(await shown()).toEqual([true, true]);
    await stop("F1");
    await start({ fault: "F1", weight: 0 });
    expect(await shown()).toEqual([true, true]);
  });

  test("F5 a runner's process is told to hang, by chance and always the same way", async () => {
    const runner = await busyRunner();
    expect(lab.model.kernel.behaviour.runnerHangsAfterJob(runner)).toBe(false);
    await start({ fault: "F5", weight: 0.5 });
    const { runnerHangsAfterJob } = lab.model.kernel.behaviour;
    const runners = [];
    for (let index = 0; index < 40; index += 1) runners.push(await lab.onlineRunner(client, id, `h${index}`));
    const first = runners.map((each) => runnerHangsAfterJob(each));
    expect(runners.map((each) => runnerHangsAfterJob(each))).toEqual(first);
    expect(new Set(first)).toEqual(new Set([true, false]));
    await stop("F5");
    expect(lab.model.kernel.behaviour.runnerHangsAfterJob(runner)).toBe(false);
  });

  test("F9 a cancelled job goes on being counted and listed as queued, until the fault ends", async () => {
    await start({ fault: "F9" });
    const job = lab.queueJob();
    const assigned = await queue.poll();
    await lab.control("POST", `/jobs/${job.spec.jobId}/cancel`);
    expect((await statistics()).totalAssignedJobs).toBe(1);
    expect(await queue.glance({ last: assigned.json.messageId as number }), "nobody is told").toBeUndefined();
    const listed = async () => (await lab.rest("GET", `/repos/acme/widgets/actions/jobs/${job.spec.restJobId}`)).json;
    expect(await listed()).toMatchObject({ status: "queued", conclusion: null });
    expect((await lab.control("GET", "/truth")).json.jobs[0].conclusion, "the truth knows").toBe("cancelled");
    const runner = await lab.onlineRunner(client, id, "r1");
    expect(lab.model.offerFor(runner.id), "nobody gets it").toBeUndefined();

    await stop("F9");
    expect((await statistics()).totalAssignedJobs).toBe(0);
    expect(await listed()).toMatchObject({ status: "completed", conclusion: "cancelled" });
    const told = await queue.poll({ last: assigned.json.messageId as number });
    expect(jobMessages(told)[0]).toMatchObject({ messageType: "JobCompleted", result: "canceled", runnerId: 0 });
  });

  test("F10 an untaken job is taken back and assigned again soon, but no oftener than told", async () => {
    await start({ fault: "F10", afterMs: 20_000, times: 2 });
    const job = lab.queueJob();
    const seen: string[] = [];
    let last = 0;
    for (let second = 0; second < 200; second += 1) {
      const answer = await queue.glance({ last });
      seen.push(...typesOf(answer));
      last = (answer?.json.messageId as number | undefined) ?? last;
      lab.pass(1000);
    }
    expect(seen).toEqual(["JobAssigned", "JobCompleted", "JobAssigned", "JobCompleted", "JobAssigned"]);
    const runner = await lab.onlineRunner(client, id, "r1");
    expect(lab.take(runner).spec.jobId, "the third time it stays").toBe(job.spec.jobId);
  });

  test("F11 a message lists few of its jobs, the rest is never listed, and the count is true", async () => {
    await start({ fault: "F11", limit: 2 });
    for (let index = 0; index < 6; index += 1) lab.queueJob();
    const answer = await queue.poll();
    expect([jobMessages(answer).length, answer.json.statistics.totalAssignedJobs]).toEqual([2, 6]);
    expect(await queue.glance({ last: answer.json.messageId as number })).toBeUndefined();
  });

  test("F12 a session ends under its client, and 409 answers everybody until it is freed", async () => {
    const polling = queue.poll();
    await lab.parked(1);
    await start({ fault: "F12", forMs: 1000 });
    expect((await polling).status).toBe(401);
    expect((await client.call("PATCH", queue.sessionPath)).status).toBe(400);
    const create = () => client.post(`/runnerscalesets/${id}/sessions`, { ownerName: "host-2" });
    expect((await create()).status).toBe(409);
    lab.pass(59_000);
    expect((await create()).status).toBe(409);
    lab.pass(32_000);
    expect((await create()).status).toBe(200);
  });

  test("F12 while it lasts, even a clean end leaves the scale set taken for a while", async () => {
    await start({ fault: "F12", heldMs: 70_000, scaleSet: "another" });
    expect((await client.call("DELETE", queue.sessionPath)).status).toBe(204);
    const create = () => client.post(`/runnerscalesets/${id}/sessions`, { ownerName: "host-2" });
    lab.pass(69_999);
    expect((await create()).status).toBe(409);
    lab.pass(1);
    expect((await create()).status).toBe(200);
  });

  test("F13 a scale set vanishes: 404 below it, its waiting job is queued again, its running job goes on", async () => {
    const runner = await busyRunner();
    const waiting = lab.queueJob();
    await queue.glance();
    await queue.glance({ last: 100_000_001 });
    expect(waiting.phase.kind).toBe("assigned");
    const idle = await client.post(`/runnerscalesets/${id}/generatejitconfig`, { name: "idle" });
    await start({ fault: "F13", scaleSet: "linux" });
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(404);
    expect((await queue.poll()).status).toBe(401);
    expect(waiting.phase.kind).toBe("queued");
    expect(lab.model.runners.find(idle.json.runner.id as number)).toBeUndefined();
    const running = runner.phase.kind === "busy" ? runner.phase.job : undefined;
    expect(lab.model.finishJob(running?.spec.jobId ?? "", { conclusion: "success" }).phase.kind).toBe("completed");

    const fresh = await client.scaleSet("linux");
    const next = await client.session(fresh);
    expect(jobMessages(await next.poll())[0]?.jobId).toBe(waiting.spec.jobId);
  });

  test("F22 tokens are refused long before they say so, in the middle of a poll", async () => {
    await start({ fault: "F22", lifetimeMs: 30_000 });
    const polling = queue.poll();
    await lab.parked(1);
    lab.pass(29_999);
    expect(lab.model.parkedPollCount).toBe(1);
    lab.pass(1);
    expect((await polling).status).toBe(401);
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(401);
    await stop("F22");
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(200);
  });

  test("F22 strikes a poll that was parked before it began, and lets one go that it ends before", async () => {
    const polling = queue.poll();
    await lab.parked(1);
    lab.pass(10_000);
    await start({ fault: "F22", lifetimeMs: 40_000 });
    await stop("F22");
    lab.pass(35_000);
    expect(lab.model.parkedPollCount, "healed in time").toBe(1);
    await start({ fault: "F22", lifetimeMs: 40_000 });
    lab.model.advance();
    expect((await polling).status).toBe(401);
  });

  test("F23 a poll hangs beyond its window, and its message is there for the next one", async () => {
    await start({ fault: "F23", mode: "hang" });
    const aborter = new AbortController();
    let isOver = false;
    const polling = queue.poll({ signal: aborter.signal }).then(
      () => (isOver = true),
      () => "gave up",
    );
    await lab.parked(1);
    const job = lab.queueJob();
    lab.pass(60_000);
    await lab.control("GET", "/truth");
    expect(isOver).toBe(false);
    aborter.abort();
    expect(await polling).toBe("gave up");
    await stop("F23");
    expect(jobMessages(await queue.poll())[0]?.jobId).toBe(job.spec.jobId);
  });

  test("F23 a poll is answered with an empty 200, and nothing is lost", async () => {
    await start({ fault: "F23", mode: "empty" });
    lab.queueJob();
    const answer = await queue.poll();
    expect([answer.status, answer.body]).toEqual([200, ""]);
    await stop("F23");
    expect(typesOf(await queue.poll())).toEqual(["JobAssigned"]);
  });

  test("F24 a create takes effect while its answer is lost, by chance", async () => {
    await start({ fault: "F24", weight: 0.5 });
    const outcomes: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const created = await client.post("/runnerscalesets", { name: `pool-${index}` }).then(
        () => "answered",
        () => "lost",
      );
      outcomes.push(created);
      expect((await client.get(`/runnerscalesets?name=pool-${index}`)).json.count, created).toBe(1);
    }
    expect(new Set(outcomes)).toEqual(new Set(["answered", "lost"]));
  });
});
