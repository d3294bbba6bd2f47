import { describe, expect, test } from "vitest";
import { type LabRunner, messageOf, RunnerLab, type Sent } from "./testing/runner-lab.ts";

const pool = "/_apis/distributedtask/pools/1";

function connected(lab = new RunnerLab()): LabRunner {
  const runner = lab.register("r1");
  runner.token = runner.exchange().body.access_token as string;
  runner.sessionId = lab.call("POST", `${pool}/sessions`, {
    token: runner.token,
    body: { SessionID: "00000000-0000-0000-0000-000000000000", OwnerName: "RUNNER", Agent: { ID: 7, Name: "r1" } },
  }).body.sessionId as string;
  return runner;
}

function poll(runner: LabRunner, status = "Online"): Sent {
  const query = `sessionId=${runner.sessionId}&status=${status}&api-version=5.1-preview`;
  return runner.lab.send("GET", `${pool}/messages?${query}`, { token: runner.token });
}

describe("R-10 the older queue", () => {
  test("R-10 connectionData answers anybody and lists every identifier that a client may ask for", () => {
    const answer = new RunnerLab().call(
      "GET",
      "/_apis/connectionData?connectOptions=1&lastChangeId=-1&lastChangeId64=-1&api-version=1.0",
    );

    expect(answer.status).toBe(200);
    expect(answer.body.instanceId).toMatch(/^[0-9a-f-]{36}$/);
    const definitions = answer.body.locationServiceData.serviceDefinitions as Record<string, unknown>[];
    expect(definitions.map((definition) => definition["identifier"]).sort()).toEqual(
      [
        "a8c47e17-4d56-4a56-92bb-de7ea7dc65be",
        "e298ef32-5878-4cab-993c-043836571f42",
        "134e239e-2df3-4794-a6f6-24f1f19ec8dc",
        "c3a054f6-7a8a-49c0-944e-3a8e5d7adfd7",
        "fc825784-c92a-4299-9221-998a02d1b54f",
        "8cc1b02b-ae49-4516-b5ad-4f9b29967c30",
        "8ffcd551-079c-493a-9c02-54346299d144",
        "13b5d709-74aa-470b-a8e9-bf9f3ded3f18",
        "25adab70-1379-4186-be8e-b643061ebe3a",
        "557624af-b29e-4c20-8ab0-0399d2204f3f",
        "83597576-cc2c-453c-bea6-2882ae6a1653",
        "8893bc5b-35b2-4be7-83cb-99e683551db4",
        "858983e4-19bd-4c5e-864c-507b59b58b12",
        "46f5667d-263a-4684-91b1-dff7fdcf64e2",
        "7898f959-9cdf-4096-b29e-7f293031629e",
        "27d7f831-88c1-4719-8ca1-6a061dad90eb",
      ].sort(),
    );
    for (const definition of definitions) {
      expect(definition).toMatchObject({ relativeToSetting: "fullyQualified", minVersion: "1.0" });
      expect(definition["relativePath"]).toMatch(/^_apis\/distributedtask\//);
    }
  });

  test("R-10 without a token the session is refused with a challenge that makes clients fetch one", () => {
    const answer = new RunnerLab().call("POST", `${pool}/sessions`, { body: {} });

    expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });

  test("R-10 a session has no encryption key, so messages are plain text job references", () => {
    const lab = new RunnerLab();
    const runner = connected(lab);
    const waiting = poll(runner);

    const jobId = lab.queueJob();

    expect(messageOf(waiting)).toMatchObject({
      type: "RunnerJobRequest",
      body: { runner_request_id: jobId, run_service_url: "http://127.0.0.1:4000/" },
    });
    expect(JSON.parse(waiting.response?.body ?? "")).not.toHaveProperty("iv");
  });

  test("R-10 a deleted message does not come again; deleting it twice is fine", () => {
    const lab = new RunnerLab();
    const runner = connected(lab);
    const first = poll(runner);
    lab.queueJob();
    const target = `${pool}/messages/${messageOf(first)?.id}?sessionId=${runner.sessionId}`;

    const deleted = [1, 2].map(() => lab.call("DELETE", target, { token: runner.token }).status);
    const next = poll(runner);
    lab.pass(30_000);

    expect(deleted).toEqual([204, 204]);
    expect(next.response).toBeUndefined();
  });

  test("R-10 an undeleted message comes again; in a new session a deleted one does too, as it was never acquired", () => {
    const lab = new RunnerLab();
    const runner = connected(lab);
    const first = poll(runner);
    const jobId = lab.queueJob();
    const again = poll(runner);
    lab.pass(1_000);
    expect(messageOf(again)?.id).toBe(messageOf(first)?.id);
    lab.call("DELETE", `${pool}/messages/${messageOf(first)?.id}?sessionId=${runner.sessionId}`, {
      token: runner.token,
    });

    runner.sessionId = lab.call("POST", `${pool}/sessions`, { token: runner.token, body: {} }).body.sessionId as string;

    expect(messageOf(poll(runner))?.body.id).toBe(jobId);
  });

  test("R-10 errors carry the exception names that clients search for", () => {
    const lab = new RunnerLab();
    const runner = connected(lab);
    const oldSession = runner.sessionId;
    runner.sessionId = lab.call("POST", `${pool}/sessions`, { token: runner.token, body: {} }).body.sessionId as string;
    const expired = lab.call("GET", `${pool}/messages?sessionId=${oldSession}`, { token: runner.token });
    lab.model.removeRunner(runner.runner);
    const gone = poll(runner).response;

    expect([expired.status, expired.body.typeKey]).toEqual([403, "TaskAgentSessionExpiredException"]);
    expect(expired.body.typeName).toContain("TaskAgentSessionExpiredException");
    expect(gone?.status).toBe(404);
    expect(gone?.body).toContain("TaskAgentNotFoundException");
  });

  test("R-10 both queues carry the same session, so a runner may move from one to the other", () => {
    const lab = new RunnerLab();
    const runner = connected(lab);
    poll(runner);
    const jobId = lab.queueJob();
    runner.openSession();

    expect(messageOf(runner.poll())?.body.id).toBe(jobId);
    expect(runner.acquire(jobId).status).toBe(200);
  });

  test("R-10 deleting a session ends it; deleting an older one of the same runner ends nothing", () => {
    const lab = new RunnerLab();
    const runner = connected(lab);
    poll(runner);
    const other = "11111111-1111-4111-8111-111111111111";

    expect(lab.call("DELETE", `${pool}/sessions/${other}`, { token: runner.token }).status).toBe(204);
    expect(runner.runner.phase.kind).toBe("online");
    expect(lab.call("DELETE", `${pool}/sessions/${runner.sessionId}`, { token: runner.token }).status).toBe(204);

    expect(runner.runner.phase.kind).toBe("registered");
  });
});
