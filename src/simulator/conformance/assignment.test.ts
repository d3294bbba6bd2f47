import { afterEach, describe, expect, test } from "vitest";
import { type AdminClient, jobMessages, typesOf } from "./lab-clients.ts";
import { bothFronts, type LabOptions, ServiceLab } from "./service-lab.ts";

describe.each(bothFronts)("assignment and job messages over the %s front", (front) => {
  let lab: ServiceLab;
  let client: AdminClient;
  const open = async (options: LabOptions = {}): Promise<void> => {
    lab = await ServiceLab.open({ front, ...options });
    client = await lab.connect("acme");
  };
  afterEach(() => lab.close());

  test("S-51 capacity is the number of unfinished jobs a scale set will hold", async () => {
    await open();
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const jobs = [lab.queueJob(), lab.queueJob(), lab.queueJob()];
    const assignedCount = () => jobs.filter((job) => job.phase.kind !== "queued").length;
    expect(await queue.glance({ capacity: 0 })).toBeUndefined();
    expect(assignedCount()).toBe(0);
    const one = await queue.glance({ capacity: 1 });
    expect([typesOf(one), assignedCount()]).toEqual([["JobAssigned"], 1]);
    await queue.ack(one?.json.messageId as number);
    expect(await queue.glance({ capacity: 1 }), "one is unfinished").toBeUndefined();

    lab.take(await lab.onlineRunner(client, id, "r1"));
    const two = await queue.glance({ capacity: 2, last: one?.json.messageId as number });
    expect(two?.json.statistics).toMatchObject({ totalAssignedJobs: 2, totalRunningJobs: 1 });
    expect(assignedCount()).toBe(2);
  });

  test("S-51 an unusable capacity is refused as text, and no capacity means no limit", async () => {
    await open();
    const queue = await client.session(await client.scaleSet("linux"));
    for (const capacity of ["-1", "2147483648", "ten", "1.5", ""]) {
      const refused = await queue.poll({ capacity });
      expect([refused.status, refused.headers["content-type"]?.split(";")[0]], capacity).toEqual([400, "text/plain"]);
    }
    expect((await queue.poll({ last: "x" })).status).toBe(400);
    for (let index = 0; index < 5; index += 1) lab.queueJob();
    expect((await queue.poll({ capacity: null })).json.statistics.totalAssignedJobs).toBe(5);
  });

  test("S-52 a capacity below the assigned count takes nothing back", async () => {
    await open();
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    for (let index = 0; index < 3; index += 1) lab.queueJob();
    const all = await queue.poll({ capacity: 3 });
    await queue.ack(all.json.messageId as number);
    expect(await queue.glance({ capacity: 1 })).toBeUndefined();
    expect((await client.get(`/runnerscalesets/${id}`)).json.statistics.totalAssignedJobs).toBe(3);
  });

  test("S-53 scale sets with equal labels are each filled up to their own capacity", async () => {
    await open();
    const one = await client.session(await client.scaleSet("one", ["linux"]));
    const two = await client.session(await client.scaleSet("two", ["linux"]));
    for (let index = 0; index < 5; index += 1) lab.queueJob();
    expect((await one.poll({ capacity: 1 })).json.statistics.totalAssignedJobs).toBe(1);
    expect((await two.poll({ capacity: 3 })).json.statistics.totalAssignedJobs).toBe(3);
  });

  test("S-54 dotcom offers nothing: assignments only, request id 0, no acquire endpoint", async () => {
    await open();
    const queue = await client.session(await client.scaleSet("linux"));
    lab.queueJob();
    expect(jobMessages(await queue.poll())).toEqual([
      expect.objectContaining({ messageType: "JobAssigned", runnerRequestId: 0 }),
    ]);
    const refused = await queue.acquire([1]);
    expect([refused.status, refused.body]).toEqual([404, "404 page not found"]);
    expect(refused.headers["content-type"]).toMatch(/^text\/plain/);
  });

  test("S-55 ghes offers; acquire answers the subset that was won, and assignments follow", async () => {
    await open({ flavour: "ghes" });
    const queue = await client.session(await client.scaleSet("linux"));
    lab.queueJob();
    lab.queueJob();
    const offers = await queue.poll({ capacity: 5 });
    expect(typesOf(offers)).toEqual(["JobAvailable", "JobAvailable"]);
    expect(offers.json.statistics).toMatchObject({ totalAvailableJobs: 2, totalAssignedJobs: 0 });
    expect(jobMessages(offers)[0]?.["acquireJobUrl"]).toBe(
      `${client.serviceUrl}_apis/runtime/runnerscalesets/1/acquirejobs`,
    );
    const [first] = jobMessages(offers).map((message) => message.runnerRequestId);
    expect((await queue.acquire(null)).json).toEqual({ count: 0, value: [] });
    expect((await queue.acquire([])).json).toEqual({ count: 0, value: [] });
    expect((await queue.acquire([first ?? 0, 999])).json).toEqual({ count: 1, value: [first] });
    expect((await queue.acquire([first ?? 0])).json, "repeated").toEqual({ count: 1, value: [first] });
    await queue.ack(offers.json.messageId as number);
    const assigned = await queue.poll({ capacity: 5 });
    expect(typesOf(assigned)).toEqual(["JobAssigned"]);
    expect(assigned.json.statistics).toMatchObject({ totalAvailableJobs: 1, totalAssignedJobs: 1 });
  });

  test("S-56 two scale sets that want the same job: one wins, and the other's offer lapses", async () => {
    await open({ flavour: "ghes" });
    const one = await client.session(await client.scaleSet("one", ["linux"]));
    const two = await client.session(await client.scaleSet("two", ["linux"]));
    lab.queueJob();
    const requestId = jobMessages(await one.poll())[0]?.runnerRequestId ?? 0;
    expect(jobMessages(await two.poll())[0]?.runnerRequestId).toBe(requestId);
    const won = await Promise.all([one.acquire([requestId]), two.acquire([requestId])]);
    expect(won.map((answer) => answer.json.count as number).sort()).toEqual([0, 1]);
    for (const { json } of (await client.get("/runnerscalesets")).json.value.map((json: unknown) => ({ json }))) {
      expect(json.statistics.totalAvailableJobs).toBe(0);
    }
  });

  test("S-57 acquirable jobs: 204 when there are none, else the list", async () => {
    await open({ flavour: "ghes" });
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    expect((await client.get(`/runnerscalesets/${id}/acquirablejobs`)).status).toBe(204);
    lab.queueJob();
    const requestId = jobMessages(await queue.poll())[0]?.runnerRequestId;
    const answer = await client.get(`/runnerscalesets/${id}/acquirablejobs`);
    expect([answer.status, answer.json.count]).toEqual([200, 1]);
    expect(answer.json.value[0]).toMatchObject({
      messageType: "JobAvailable",
      runnerRequestId: requestId,
      repositoryName: "widgets",
      ownerName: "acme",
      requestLabels: ["linux"],
      acquireJobUrl: `${client.serviceUrl}_apis/runtime/runnerscalesets/${id}/acquirejobs`,
    });
  });

  test("S-57 the broker of dotcom knows the list and never has anything on it", async () => {
    await open();
    const id = await client.scaleSet("linux");
    lab.queueJob();
    expect((await client.get(`/runnerscalesets/${id}/acquirablejobs`)).status).toBe(204);
  });

  test.each([
    ["drop", 1],
    ["split", 3],
  ] as const)("S-58 a body lists at most 50 events; beyond that truncation is %s", async (mode, messagesCount) => {
    await open();
    const queue = await client.session(await client.scaleSet("linux"));
    await lab.control("POST", "/faults", { fault: "truncation", mode });
    for (let index = 0; index < 120; index += 1) lab.queueJob();
    let last = 0;
    const sizes: number[] = [];
    for (;;) {
      const answer = await queue.glance({ last, capacity: 200 });
      if (answer === undefined) break;
      expect(answer.json.statistics.totalAssignedJobs).toBe(120);
      sizes.push(jobMessages(answer).length);
      last = answer.json.messageId as number;
    }
    expect(sizes).toEqual([50, 50, 20].slice(0, messagesCount));
  });

  test("S-58 offers beyond 50 always continue in the next message", async () => {
    await open({ flavour: "ghes" });
    const queue = await client.session(await client.scaleSet("linux"));
    for (let index = 0; index < 70; index += 1) lab.queueJob();
    const first = await queue.poll({ capacity: 100 });
    const second = await queue.poll({ capacity: 100, last: first.json.messageId as number });
    expect([jobMessages(first).length, jobMessages(second).length]).toEqual([50, 20]);
  });

  test("S-60 JobStarted and JobCompleted name the runner; a job cancelled before it started names none", async () => {
    await open();
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const runner = await lab.onlineRunner(client, id, "r1");
    const [job, other] = [lab.queueJob(), lab.queueJob()];
    let last = (await queue.poll()).json.messageId as number;
    lab.pass(5000);
    lab.take(runner);
    const started = await queue.poll({ last });
    expect(jobMessages(started)[0]).toMatchObject({
      messageType: "JobStarted",
      jobId: job.spec.jobId,
      runnerId: runner.id,
      runnerName: "r1",
      scaleSetAssignTime: "2026-11-21T12:00:00.000Z",
      runnerAssignTime: "2026-11-21T12:00:05.000Z",
    });
    last = started.json.messageId as number;
    lab.pass(7000);
    lab.model.finishJob(job.spec.jobId, { conclusion: "failure" });
    const completed = await queue.poll({ last });
    expect(jobMessages(completed)[0]).toMatchObject({
      messageType: "JobCompleted",
      result: "failed",
      runnerId: runner.id,
      runnerName: "r1",
      runnerAssignTime: "2026-11-21T12:00:05.000Z",
      finishTime: "2026-11-21T12:00:12.000Z",
    });
    last = completed.json.messageId as number;
    await lab.control("POST", `/jobs/${other.spec.jobId}/cancel`);
    expect(jobMessages(await queue.poll({ last }))[0]).toMatchObject({
      messageType: "JobCompleted",
      jobId: other.spec.jobId,
      result: "canceled",
      runnerId: 0,
      runnerName: "",
      runnerAssignTime: "0001-01-01T00:00:00Z",
    });
  });

  test("S-60 cancelling a job that was never assigned sends nothing", async () => {
    await open();
    const queue = await client.session(await client.scaleSet("linux"));
    const job = lab.queueJob();
    await lab.control("POST", `/jobs/${job.spec.jobId}/cancel`);
    expect(await queue.glance()).toBeUndefined();
    expect((await lab.control("GET", "/truth")).json.jobs[0]).toMatchObject({
      status: "completed",
      conclusion: "cancelled",
    });
  });

  test("S-61 a job that no runner takes is cancelled and assigned again, three times, and then fails", async () => {
    await open();
    const queue = await client.session(await client.scaleSet("linux"));
    const job = lab.queueJob();
    const seen: string[] = [];
    const instants: number[] = [];
    let last = 0;
    for (let second = 0; second < 1100; second += 1) {
      const answer = await queue.glance({ last });
      if (answer === undefined) {
        lab.pass(1000);
        continue;
      }
      last = answer.json.messageId as number;
      for (const message of jobMessages(answer)) {
        expect(message.jobId).toBe(job.spec.jobId);
        seen.push(message.messageType + (message["result"] === undefined ? "" : ` ${message["result"]}`));
        if (message.messageType === "JobAssigned") instants.push(Date.parse(message["scaleSetAssignTime"] as string));
      }
    }
    expect(seen).toEqual([
      "JobAssigned",
      "JobCompleted canceled",
      "JobAssigned",
      "JobCompleted canceled",
      "JobAssigned",
      "JobCompleted canceled",
    ]);
    expect(instants.map((instant) => (instant - (instants[0] ?? 0)) / 1000)).toEqual([0, 300, 630]);
    expect((await lab.control("GET", "/truth")).json.jobs[0]).toMatchObject({
      status: "completed",
      conclusion: "failure",
    });
  });

  test("S-62 every instant is RFC 3339 with a zone, and the zero time where none applies", async () => {
    await open();
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const runner = await lab.onlineRunner(client, id, "r1");
    lab.queueJob();
    const bodies = [await queue.poll()];
    const job = lab.take(runner);
    lab.model.finishJob(job.spec.jobId, { conclusion: "success" });
    bodies.push(await queue.poll({ last: bodies[0]?.json.messageId as number }));
    bodies.push(await queue.poll({ last: bodies[1]?.json.messageId as number }));
    const times = bodies
      .flatMap(jobMessages)
      .flatMap((message) =>
        ["queueTime", "scaleSetAssignTime", "runnerAssignTime", "finishTime"].map((name) => message[name] as string),
      );
    expect(times).toHaveLength(12);
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(jobMessages(bodies[0])[0]).toMatchObject({
      runnerAssignTime: "0001-01-01T00:00:00Z",
      finishTime: "0001-01-01T00:00:00Z",
    });
    expect((await client.get(`/runnerscalesets/${id}`)).json.createdOn).toMatch(/Z$/);
  });

  test("S-63 a runner that finishes loses its registration, and the statistics drop with it", async () => {
    await open();
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const runner = await lab.onlineRunner(client, id, "r1");
    const statistics = async () => (await client.get(`/runnerscalesets/${id}`)).json.statistics;
    const job = lab.queueJob();
    await queue.poll();
    expect(await statistics()).toMatchObject({ totalRegisteredRunners: 1, totalIdleRunners: 1, totalBusyRunners: 0 });
    lab.take(runner);
    expect(await statistics()).toMatchObject({
      totalAssignedJobs: 1,
      totalRunningJobs: 1,
      totalRegisteredRunners: 1,
      totalIdleRunners: 0,
      totalBusyRunners: 1,
    });
    lab.model.finishJob(job.spec.jobId, { conclusion: "success" });
    expect(Object.values(await statistics())).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect((await client.get("/_apis/distributedtask/pools/0/agents?agentName=r1")).json.count).toBe(0);
  });

  test("S-69 an offer that was acked but not acquired is made again to the next session", async () => {
    await open({ flavour: "ghes" });
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    lab.queueJob();
    const first = await queue.poll();
    await queue.ack(first.json.messageId as number);
    expect(await queue.glance(), "once per session").toBeUndefined();
    await client.call("DELETE", queue.sessionPath);
    const next = await client.session(id);
    const again = await next.poll();
    expect(again.json.messageId).toBeGreaterThan(first.json.messageId as number);
    const requestId = jobMessages(again)[0]?.runnerRequestId ?? 0;
    expect((await next.acquire([requestId])).json.count).toBe(1);
    expect(lab.take(await lab.onlineRunner(client, id, "r1")).phase.kind).toBe("running");
  });

  test("S-70 offers and assignments together stay within the capacity, however many jobs are queued", async () => {
    await open({ flavour: "ghes" });
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    for (let index = 0; index < 9; index += 1) lab.queueJob();
    let finishedCount = 0;
    for (let round = 0; round < 60 && finishedCount < 9; round += 1) {
      const answer = await queue.glance({ capacity: 2 });
      const { statistics } = (await client.get(`/runnerscalesets/${id}`)).json;
      expect(statistics.totalAssignedJobs).toBeLessThanOrEqual(2);
      if (answer !== undefined) {
        await queue.ack(answer.json.messageId as number);
        const offered = jobMessages(answer).filter((message) => message.messageType === "JobAvailable");
        await queue.acquire(offered.map((message) => message.runnerRequestId));
        continue;
      }
      const job = lab.take(await lab.onlineRunner(client, id, `r${round}`));
      lab.model.finishJob(job.spec.jobId, { conclusion: "success" });
      finishedCount += 1;
    }
    expect(finishedCount).toBe(9);
  });
});
