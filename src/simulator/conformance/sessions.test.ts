import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminClient, jobMessages, typesOf } from "./lab-clients.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";

describe.each(bothFronts)("sessions and queue over the %s front", (front) => {
  let lab: ServiceLab;
  let client: AdminClient;
  let id: number;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
    client = await lab.connect("acme");
    id = await client.scaleSet("linux");
  });
  afterEach(() => lab.close());
  const createSession = (ownerName: string, body: Record<string, unknown> = {}) =>
    client.post(`/runnerscalesets/${id}/sessions`, { ...body, ownerName });

  test("S-37 create ignores the session id it is given and answers a fresh one with statistics", async () => {
    const ids = new Set<string>();
    for (const body of [{ sessionId: "00000000-0000-0000-0000-000000000000" }, {}]) {
      const answer = await createSession("host-1", body);
      expect(answer.status).toBe(200);
      expect(answer.json.sessionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(answer.json).toMatchObject({
        ownerName: "host-1",
        messageQueueUrl: `${lab.url}/scalesets/message`,
        statistics: { totalAssignedJobs: 0 },
        runnerScaleSet: { id, status: "online", statistics: { totalAssignedJobs: 0 } },
      });
      expect((answer.json.messageQueueAccessToken as string).split(".")).toHaveLength(3);
      ids.add(answer.json.sessionId as string);
      await client.call("DELETE", `/runnerscalesets/${id}/sessions/${answer.json.sessionId}`);
    }
    expect(ids.size).toBe(2);
  });

  test("S-38 a second session is refused whoever asks, and the refusal names the holder", async () => {
    await client.session(id, "host-1");
    for (const owner of ["host-1", "host-2"]) {
      const refused = await createSession(owner);
      expect([refused.status, refused.json.typeKey]).toEqual([409, "RunnerScaleSetSessionConflictException"]);
      expect(refused.json.message).toContain("host-1");
    }
  });

  test("S-39 DELETE frees the scale set at once and ends the polls of the session with 401", async () => {
    const queue = await client.session(id);
    const polling = queue.poll();
    await lab.parked(1);
    expect((await client.call("DELETE", queue.sessionPath)).status).toBe(204);
    expect((await polling).status).toBe(401);
    expect((await createSession("host-2")).status).toBe(200);
  });

  test("S-40 an abandoned session is refused for 75 s and free afterwards", async () => {
    const queue = await client.session(id);
    lab.pass(74_999);
    expect((await createSession("host-2")).status).toBe(409);
    lab.pass(1);
    expect((await createSession("host-2")).status).toBe(200);
    expect((await queue.poll()).status, "the old token").toBe(401);
    const refreshed = await client.call("PATCH", queue.sessionPath);
    expect([refreshed.status, refreshed.json.typeKey]).toEqual([400, "RunnerScaleSetSessionExpiredException"]);
    expect((await client.call("DELETE", queue.sessionPath)).status).toBe(400);
  });

  test("S-40 the abandonment time counts from the last queue request or refresh", async () => {
    const queue = await client.session(id);
    lab.pass(60_000);
    await client.call("PATCH", queue.sessionPath);
    lab.pass(60_000);
    await queue.ack(1);
    lab.pass(74_999);
    expect((await createSession("host-2")).status).toBe(409);
    lab.pass(1);
    expect((await createSession("host-2")).status).toBe(200);
  });

  test("S-41 a parked poll keeps the session alive beyond the abandonment time", async () => {
    await lab.close();
    lab = await ServiceLab.open({ front, limits: { pollWindowMs: 200_000 } });
    client = await lab.connect("acme");
    id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const polling = queue.poll();
    await lab.parked(1);
    lab.pass(199_000, 1000);
    expect((await createSession("host-2")).status).toBe(409);
    lab.pass(1000);
    expect((await polling).status).toBe(202);
    lab.pass(74_000);
    expect((await createSession("host-2")).status, "counted from the end of the poll").toBe(409);
  });

  test("S-42 a refresh keeps the session id and gives a new token; both tokens work", async () => {
    const queue = await client.session(id);
    const refreshed = await client.call("PATCH", queue.sessionPath);
    expect([refreshed.status, refreshed.json.sessionId]).toEqual([200, queue.sessionId]);
    expect(refreshed.json.messageQueueAccessToken).not.toBe(queue.token);
    expect((await queue.ack(1)).status, "the old one").toBe(204);
    queue.token = refreshed.json.messageQueueAccessToken as string;
    lab.queueJob();
    expect((await queue.poll()).status, "the new one").toBe(200);
  });

  test("S-42 under the switch a refresh ends the life of the token before it", async () => {
    await lab.control("POST", "/faults", { fault: "refreshRevokesTokens" });
    const queue = await client.session(id);
    await client.call("PATCH", queue.sessionPath);
    expect((await queue.ack(1)).status).toBe(401);
  });

  test("S-43 an expired queue token gives 401 on poll and delete; one refresh mends it", async () => {
    const queue = await client.session(id);
    for (let minute = 0; minute < 50; minute += 1) {
      lab.pass(60_000);
      await queue.ack(1);
    }
    expect((await queue.poll()).status).toBe(401);
    expect((await queue.ack(1)).status).toBe(401);
    const refreshed = await client.call("PATCH", queue.sessionPath);
    queue.token = refreshed.json.messageQueueAccessToken as string;
    expect((await queue.ack(1)).status).toBe(204);
    await lab.control("POST", "/faults", { fault: "expireQueueTokenNow" });
    expect((await queue.ack(1)).status, "by the switch").toBe(401);
    expect((await client.get(`/runnerscalesets/${id}`)).status, "the admin token lives on").toBe(200);
    await lab.control("POST", "/faults", { fault: "expireAdminTokenNow" });
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(401);
  });

  test("S-43 an expired queue token gives 401 on acquire as well", async () => {
    await lab.close();
    lab = await ServiceLab.open({ front, flavour: "ghes" });
    client = await lab.connect("acme");
    const queue = await client.session(await client.scaleSet("linux"));
    expect((await queue.acquire([])).status).toBe(200);
    for (let minute = 0; minute < 50; minute += 1) {
      lab.pass(60_000);
      await queue.acquire([]);
    }
    expect((await queue.acquire([])).status).toBe(401);
    queue.token = (await client.call("PATCH", queue.sessionPath)).json.messageQueueAccessToken as string;
    expect((await queue.acquire([])).status).toBe(200);
  });

  test("S-44 a poll with nothing to say is held for the window and then answers 202", async () => {
    const queue = await client.session(id);
    let answered = false;
    const polling = queue.poll().finally(() => (answered = true));
    await lab.parked(1);
    lab.pass(49_999);
    await lab.control("GET", "/truth");
    expect(answered).toBe(false);
    lab.pass(1);
    expect((await polling).status).toBe(202);
  });

  test("S-45 a parked poll answers as soon as a job is queued, in no time of the service", async () => {
    const queue = await client.session(id);
    const polling = queue.poll();
    await lab.parked(1);
    const job = lab.queueJob();
    const answer = await polling;
    expect(answer.status).toBe(200);
    expect(jobMessages(answer)[0]).toMatchObject({ messageType: "JobAssigned", jobId: job.spec.jobId });
    expect(job.phase.kind === "assigned" && job.phase.assignedAtMs).toBe(lab.clock.nowMs());
  });

  test("S-46 without an ack the same cursor brings the same message and body again", async () => {
    const queue = await client.session(id);
    lab.queueJob();
    const first = await queue.poll();
    lab.queueJob();
    const second = await queue.poll();
    expect([second.json.messageId, second.json.body]).toEqual([first.json.messageId, first.json.body]);
    expect(second.json.statistics.totalAssignedJobs, "statistics are fresh").toBe(2);
  });

  test("S-47 a cursor past a message skips it for that poll only; a new session gets it again", async () => {
    const queue = await client.session(id);
    lab.queueJob();
    const first = await queue.poll();
    const messageId = first.json.messageId as number;
    expect(await queue.glance({ last: messageId })).toBeUndefined();
    await client.call("DELETE", queue.sessionPath);
    const next = await client.session(id);
    const again = await next.poll();
    expect([again.json.messageId, again.json.body]).toEqual([messageId, first.json.body]);
  });

  test("S-48 a deleted message is gone for ever; deleting it again is confirmed, or 404 when strict", async () => {
    const queue = await client.session(id);
    lab.queueJob();
    const messageId = (await queue.poll()).json.messageId as number;
    expect((await queue.ack(messageId)).status).toBe(204);
    expect(await queue.glance()).toBeUndefined();
    expect((await queue.ack(messageId)).status).toBe(204);
    await lab.control("POST", "/faults", { fault: "strictMessageDelete" });
    expect((await queue.ack(messageId)).status).toBe(404);
    await client.call("DELETE", queue.sessionPath);
    expect(await (await client.session(id)).glance()).toBeUndefined();
  });

  test("S-49 message ids ascend strictly, across sessions and deletions", async () => {
    const seen: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const queue = await client.session(id);
      lab.queueJob();
      const messageId = (await queue.poll()).json.messageId as number;
      seen.push(messageId);
      await queue.ack(messageId);
      await client.call("DELETE", queue.sessionPath);
    }
    expect(seen[0]).toBe(100_000_001);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  test("S-50 a queue URL with a query keeps it when a message id is appended to its path", async () => {
    await lab.close();
    lab = await ServiceLab.open({ front, flavour: "ghes" });
    client = await lab.connect("acme");
    id = await client.scaleSet("linux");
    const queue = await client.session(id);
    expect(queue.url).toBe(
      `${lab.url}/tenant/1/_apis/runtime/runnerscalesets/${id}/messages?sessionId=${queue.sessionId}`,
    );
    lab.queueJob();
    const messageId = (await queue.poll()).json.messageId as number;
    expect(messageId).toBe(1);
    expect((await queue.ack(messageId)).status).toBe(204);
    expect(await queue.glance()).toBeUndefined();
  });

  test("S-64 a client that goes away during a parked poll loses no message", async () => {
    const queue = await client.session(id);
    const aborter = new AbortController();
    const polling = queue.poll({ signal: aborter.signal }).catch(() => "gone");
    await lab.parked(1);
    aborter.abort();
    expect(await polling).toBe("gone");
    await lab.parked(0);
    const job = lab.queueJob();
    expect(job.phase.kind, "its capacity went with it").toBe("queued");
    expect(jobMessages(await queue.poll())[0]?.jobId).toBe(job.spec.jobId);
  });

  test("S-65 shutdown releases parked polls with 202", async () => {
    const queue = await client.session(id);
    const polling = queue.poll();
    await lab.parked(1);
    await lab.close();
    expect((await polling).status).toBe(202);
  });

  test("S-66 a session whose answer was lost stands in the way of its own repetition", async () => {
    await lab.control("POST", "/faults", { fault: "commitThenDrop", route: "session.create", count: 1 });
    await expect(createSession("host-1")).rejects.toThrow();
    const again = await createSession("host-1");
    expect(again.status).toBe(409);
    expect(again.json.message).toContain("host-1");
  });

  test("S-67 an evicted session answers a refresh with 400 or 404, as the switch says", async () => {
    for (const [status, typeKey] of [
      [400, "RunnerScaleSetSessionExpiredException"],
      [404, "RunnerAdminException"],
    ] as const) {
      const queue = await client.session(id);
      await lab.control("POST", "/faults", { fault: "evictSession", status });
      const refreshed = await client.call("PATCH", queue.sessionPath);
      expect([refreshed.status, refreshed.json.typeKey]).toEqual([status, typeKey]);
      expect((await queue.poll()).status).toBe(401);
    }
  });

  test("S-68 a hundred parked polls stand in nobody's way, and each gets its own message", async () => {
    const queues = [];
    for (let index = 0; index < 100; index += 1) {
      queues.push(await client.session(await client.scaleSet(`pool-${index}`)));
    }
    const polls = queues.map((queue) => queue.poll());
    await lab.parked(100);
    for (let index = 0; index < 20; index += 1) {
      expect((await client.get(`/runnerscalesets?name=pool-${index}`)).json.count).toBe(1);
    }
    const jobs = queues.map((_queue, index) => lab.queueJob({ labels: [`pool-${index}`] }));
    const answers = await Promise.all(polls);
    expect(answers.map((answer) => jobMessages(answer)[0]?.jobId)).toEqual(jobs.map((job) => job.spec.jobId));
  });

  test("S-72 a create whose answer was lost is found by name, and its session deleted by its id", async () => {
    await lab.control("POST", "/faults", { fault: "F24" });
    const jit = () => client.post(`/runnerscalesets/${id}/generatejitconfig`, { name: "r1", workFolder: "" });
    await expect(jit()).rejects.toThrow();
    await expect(createSession("host-1")).rejects.toThrow();
    await lab.control("DELETE", "/faults/F24");

    expect((await jit()).json.typeKey).toBe("TaskAgentExistsException");
    const found = await client.get("/_apis/distributedtask/pools/0/agents?agentName=r1");
    expect(found.json.value[0]).toMatchObject({ name: "r1", runnerScaleSetId: id });
    expect((await createSession("host-1")).status).toBe(409);
    const lost = lab.model.scaleSets.get(id).session?.id;
    expect((await client.call("DELETE", `/runnerscalesets/${id}/sessions/${lost}`)).status).toBe(204);
    expect((await createSession("host-1")).status).toBe(200);
  });

  test("S-73 a token with a changed signature is refused; a refresh gives a good one for the same session", async () => {
    const queue = await client.session(id);
    const tampered = (token: string) => `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`;
    expect((await client.call("GET", `/runnerscalesets/${id}`, undefined, tampered(client.token))).status).toBe(401);
    queue.token = tampered(queue.token);
    expect((await queue.poll()).status).toBe(401);
    const refreshed = await client.call("PATCH", queue.sessionPath);
    expect(refreshed.json.sessionId).toBe(queue.sessionId);
    queue.token = refreshed.json.messageQueueAccessToken as string;
    lab.queueJob();
    expect(typesOf(await queue.poll())).toEqual(["JobAssigned"]);
  });
});
