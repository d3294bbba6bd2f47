import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminClient, jobMessages, type QueueClient, typesOf } from "../conformance/lab-clients.ts";
import { ServiceLab } from "../conformance/service-lab.ts";

describe("switches of single answers", () => {
  let lab: ServiceLab;
  let client: AdminClient;
  let id: number;
  let queue: QueueClient;
  beforeEach(async () => {
    lab = await ServiceLab.open();
    client = await lab.connect("acme");
    id = await client.scaleSet("linux");
    queue = await client.session(id);
  });
  afterEach(() => lab.close());
  const start = (request: Record<string, unknown>) => lab.gitHub.faults.start(request);

  test("a status answers instead of the call, which does not happen", async () => {
    start({
      fault: "status",
      route: "scale-set.create",
      count: 1,
      status: 503,
      body: "busy",
      contentType: "text/plain",
      retryAfter: "7",
    });
    const answer = await client.post("/runnerscalesets", { name: "two" });
    expect([answer.status, answer.body, answer.headers["retry-after"]]).toEqual([503, "busy", "7"]);
    expect(answer.headers["x-github-request-id"]).toBeDefined();
    expect((await client.get("/runnerscalesets?name=two")).json.count).toBe(0);
    expect((await client.post("/runnerscalesets", { name: "two" })).status, "only once").toBe(200);
  });

  test("switches are aimed by route, by scale set and by count", async () => {
    const other = await client.session(await client.scaleSet("other"));
    start({ fault: "status", route: "queue.", scaleSet: "linux" });
    lab.queueJob({ labels: ["other"] });
    expect((await queue.poll()).status).toBe(503);
    expect((await queue.ack(1)).status).toBe(503);
    expect((await other.poll()).status).toBe(200);
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(200);
  });

  test("a delay holds the answer back, a reset breaks the connection before the call", async () => {
    start({ fault: "delay", route: "group.find", ms: 5000 });
    let answered = false;
    const asking = client.get("/runnergroups").finally(() => (answered = true));
    lab.pass(4999);
    await lab.control("GET", "/truth");
    expect(answered).toBe(false);
    lab.pass(1);
    expect((await asking).json.count).toBe(1);
    start({ fault: "resetConnection", route: "scale-set.create" });
    await expect(client.post("/runnerscalesets", { name: "two" })).rejects.toThrow(/reset/);
    expect((await client.get("/runnerscalesets?name=two")).json.count).toBe(0);
  });

  test("messages are falsified one way each", async () => {
    const run = async (fault: string) => {
      start({ fault, count: 1 });
      lab.queueJob();
      const answer = await queue.poll();
      if (answer.json !== undefined) await queue.ack(answer.json.messageId as number);
      lab.gitHub.faults.stop();
      return answer;
    };
    expect((await run("zeroAssignedWithJobAssigned")).json.statistics.totalAssignedJobs).toBe(0);
    expect(typesOf(await run("unknownJobMessageType"))).toEqual(["JobPondered", "JobAssigned"]);
    expect((await run("wrongEnvelopeType")).json.messageType).not.toBe("RunnerScaleSetJobMessages");
    expect(jobMessages(await run("jobCompletedUnknownRunner"))[1]).toMatchObject({ runnerName: "stranger" });
    expect(jobMessages(await run("nullTimes"))[0]).toMatchObject({ finishTime: null, queueTime: expect.any(String) });
    expect(jobMessages(await run("numericJobId"))[0]?.jobId).toBe(42);
    expect((await run("emptyBody200")).body).toBe("");
  });

  test("statistics go stale, and a message comes twice although it was acknowledged", async () => {
    start({ fault: "staleStatistics" });
    lab.queueJob();
    const first = await queue.poll();
    lab.queueJob();
    const second = await queue.poll({ last: first.json.messageId as number });
    expect(second.json.statistics).toEqual(first.json.statistics);
    lab.gitHub.faults.stop();

    start({ fault: "duplicateMessage", count: 1 });
    const once = await queue.poll();
    await queue.ack(once.json.messageId as number);
    const twice = await queue.poll({ last: once.json.messageId as number });
    expect(twice.json.messageId).toBe(once.json.messageId);
    expect((await queue.poll({ last: once.json.messageId as number })).json.messageId).toBe(second.json.messageId);
  });

  test("a session without a queue URL, and an admin token without an expiry", async () => {
    await client.call("DELETE", queue.sessionPath);
    start({ fault: "emptyMessageQueueUrl", count: 1 });
    expect((await client.post(`/runnerscalesets/${id}/sessions`, {})).json.messageQueueUrl).toBe("");
    start({ fault: "adminTokenWithoutExp" });
    const { token } = await lab.connect("acme");
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).not.toHaveProperty("exp");
  });

  test("a scale set is deleted by somebody else", async () => {
    start({ fault: "deleteScaleSet", scaleSet: "linux" });
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(404);
  });

  test("the control interface is never struck, so that faults can always be ended", async () => {
    start({ fault: "resetConnection" });
    await expect(client.get("/runnergroups")).rejects.toThrow();
    expect((await lab.control("DELETE", "/faults")).json).toEqual({ ended: 1 });
    expect((await client.get("/runnergroups")).status).toBe(200);
  });
});
