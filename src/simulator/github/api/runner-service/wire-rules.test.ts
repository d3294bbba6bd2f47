import { describe, expect, test } from "vitest";
import { messageOf, RunnerLab } from "./testing/runner-lab.ts";

describe("R-1 wire rules", () => {
  test("R-1 every protected call answers a stranger with 401 and a Bearer challenge", () => {
    const lab = new RunnerLab();
    const calls: readonly (readonly [string, string])[] = [
      ["POST", "/session"],
      ["DELETE", "/session"],
      ["GET", "/message?sessionId=x&status=Online"],
      ["POST", "/acknowledge"],
      ["POST", "/acquirejob"],
      ["POST", "/renewjob"],
      ["POST", "/completejob"],
      ["POST", "/_apis/distributedtask/pools/1/sessions"],
      ["GET", "/_apis/distributedtask/pools/1/messages?sessionId=x"],
      ["DELETE", "/_apis/distributedtask/pools/1/messages/1"],
      ["POST", "/twirp/results.services.receiver.Receiver/GetJobLogsSignedBlobURL"],
    ];
    for (const [method, target] of calls) {
      for (const token of [undefined, "unknown"]) {
        const answer = lab.call(method, target, token === undefined ? {} : { token });
        expect([target, answer.status, answer.headers["www-authenticate"]]).toEqual([target, 401, "Bearer"]);
      }
    }
  });

  test.each(["bearer", "Bearer", "BEARER"])("R-1 the scheme of a token may be written %s", (scheme) => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();

    const answer = lab.call("POST", "/session", { headers: { authorization: `${scheme} ${runner.token}` }, body: {} });

    expect(answer.status).toBe(200);
  });

  test("R-1 member names are read without regard to case, and a byte order mark in front of a body is ignored", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();

    const answer = lab.call("POST", "/session", {
      token: runner.token,
      body: `\uFEFF${JSON.stringify({ OwnerName: "RUNNER", AGENT: { ID: 7 } })}`,
    });

    expect(answer.body).toMatchObject({ ownerName: "RUNNER", agent: { ID: 7 } });
  });

  test("R-1 everything with a body is JSON by its media type; no value is a status without a body", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const poll = runner.poll();
    lab.pass(50_000);

    expect(poll.response).toMatchObject({ status: 202, body: "" });
    expect(poll.response?.headers).not.toHaveProperty("content-type");
    for (const answer of [runner.exchange(), lab.call("GET", "/_apis/connectionData"), runner.acquire("unknown")]) {
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    }
  });

  test("R-1 repeated slashes are served directly, never redirected", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    expect(
      messageOf(lab.send("GET", `//message?sessionId=${runner.sessionId}&status=Online`, { token: runner.token })),
    ).toBeDefined();

    const answer = lab.call("POST", "//acquirejob/", { token: runner.token, body: { jobMessageId: jobId } });

    expect(answer.status).toBe(200);
  });

  test("R-1 whatever a client accepts or calls its api version, the answer is the same", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();

    const answer = lab.call("POST", "/acquirejob?api-version=9.9", {
      token: runner.token,
      headers: { accept: "application/octet-stream", "content-type": "application/json; api-version=5.1-preview" },
      body: { jobMessageId: jobId },
    });

    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
  });

  test("R-1 every base URL that is handed out ends in a slash", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    const message = messageOf(runner.poll());
    const job = runner.acquire(jobId).body;
    const [endpoint] = job.resources.endpoints;

    const bases = [
      runner.files[".runner"].ServerUrl,
      runner.files[".runner"].ServerUrlV2,
      message?.body.run_service_url,
      endpoint.url,
      endpoint.data.ResultsServiceUrl,
      job.variables["system.github.results_endpoint"].value,
    ];

    expect(bases).toEqual(bases.map(() => "http://127.0.0.1:4000/"));
  });
});
