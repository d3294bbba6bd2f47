import { describe, expect, test } from "vitest";
import { type LabJob, type LabRunner, RunnerLab } from "./testing/runner-lab.ts";

const minute = 60_000;

function running(): { lab: RunnerLab; runner: LabRunner; jobId: string; job: LabJob } {
  const lab = new RunnerLab();
  const runner = lab.register("r1").connect();
  const jobId = lab.queueJob();
  runner.poll();
  return { lab, runner, jobId, job: runner.take(jobId) };
}

describe("R-7 acquire, renew, complete", () => {
  test("R-7 acquiring again after a lost answer gives the same message, byte for byte", () => {
    const { runner, jobId, job } = running();

    const again = runner.acquire(jobId);

    expect(again.status).toBe(200);
    expect(again.body.resources.endpoints[0].authorization.parameters.AccessToken).toBe(job.token);
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(runner.acquire(jobId).body));
  });

  test("R-7 one known runner names the job streamId; ids are compared without regard to case", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();

    const answer = lab.call("POST", "/acquirejob", { token: runner.token, body: { StreamID: jobId.toUpperCase() } });

    expect(answer.status).toBe(200);
    expect(answer.body.jobId).toBe(jobId);
  });

  test("R-7 acquire errors: 404 unknown, 409 another runner has it, 422 no id", () => {
    const { lab, jobId } = running();
    const other = lab.register("r2").connect();

    const answers = [
      other.acquire("00000000-0000-4000-8000-000000000000"),
      other.acquire(jobId),
      lab.call("POST", "/acquirejob", { token: other.token, body: {} }),
    ];

    expect(answers.map((answer) => answer.status)).toEqual([404, 409, 422]);
    for (const answer of answers) {
      expect(answer.body).toMatchObject({ source: "actions-run-service", statusCode: answer.status });
    }
  });

  test("R-7 each renewal gives ten minutes, as RFC 3339 with a zone", () => {
    const { lab, job } = running();
    lab.pass(4 * minute);

    const answer = job.renew();

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ lockedUntil: new Date(lab.nowMs + 10 * minute).toISOString() });
  });

  test("R-7 a job without renewal for ten minutes fails, and its runner is gone", () => {
    const { lab, runner, jobId, job } = running();
    lab.pass(9 * minute);
    job.renew();
    lab.pass(10 * minute - 1);
    expect(lab.model.jobs.find(jobId)?.phase.kind).toBe("running");

    lab.pass(1);

    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({ kind: "completed", conclusion: "failure" });
    expect(job.renew().status).toBe(404);
    expect(runner.runner.phase.kind).toBe("gone");
  });

  test("R-7 a report after the lease ended is taken politely and changes nothing", () => {
    const { lab, jobId, job } = running();
    lab.pass(11 * minute);

    expect(job.complete({ conclusion: "succeeded" }).status).toBe(200);

    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({ conclusion: "failure" });
  });

  test("R-7 completing twice answers 200 twice and counts once", () => {
    const { lab, jobId, job } = running();

    expect(job.complete({ conclusion: "failed" }).status).toBe(200);
    expect(job.complete({ conclusion: "succeeded" }).status).toBe(200);

    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({ conclusion: "failure" });
    expect(job.renew().status).toBe(404);
  });

  test.each([
    ["succeeded", "success"],
    ["Succeeded", "success"],
    ["succeededWithIssues", "success"],
    ["failed", "failure"],
    ["abandoned", "failure"],
    ["canceled", "cancelled"],
    ["skipped", "skipped"],
  ])("R-7 a runner's %s is GitHub's %s", (word, conclusion) => {
    const { lab, jobId, job } = running();

    job.complete({ conclusion: word });

    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({ conclusion });
  });

  test("R-7 outputs and steps are read in either runner's spelling, and steps never decide the job", () => {
    const { lab, jobId, job } = running();

    job.complete({
      Conclusion: "failed",
      Outputs: { o: { Value: "1", IsSecret: false } },
      StepResults: [
        { external_id: "B", number: 2, name: "Run two", conclusion: "skipped" },
        { external_id: "A", name: "Set up Worker", conclusion: "succeeded", completed_at: "2026-11-21T02:00:01Z" },
      ],
    });

    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({
      conclusion: "failure",
      outputs: { o: "1" },
      steps: [
        { name: "Set up Worker", number: 0, conclusion: "success", completedAt: "2026-11-21T02:00:01Z" },
        { name: "Run two", number: 2, conclusion: "skipped" },
      ],
    });
  });

  test("R-7 each token opens its own doors only", () => {
    const { lab, runner, jobId, job } = running();
    const other = lab.register("r2").connect();
    const otherJobId = lab.queueJob();
    other.poll();
    const otherJob = other.take(otherJobId);
    const body = { planId: job.planId, jobId };

    for (const path of ["/renewjob", "/completejob"]) {
      expect(lab.call("POST", path, { token: runner.token, body }).status).toBe(401);
      expect(lab.call("POST", path, { token: otherJob.token, body }).status).toBe(403);
      expect(lab.call("POST", path, { body }).headers["www-authenticate"]).toBe("Bearer");
      // Both ids have to name the job of the token.
      const ofOtherPlan = { planId: otherJob.planId, jobId };
      expect(lab.call("POST", path, { token: job.token, body: ofOtherPlan }).status).toBe(403);
    }
    expect(lab.call("GET", `/message?sessionId=${runner.sessionId}`, { token: job.token }).status).toBe(401);
    expect(lab.call("POST", "/acquirejob", { token: job.token, body: { jobMessageId: jobId } }).status).toBe(401);
    expect(lab.model.jobs.find(jobId)?.phase.kind).toBe("running");
  });

  test("R-7 a job token reads as a JWT that names its plan and its job", () => {
    const { job } = running();
    const parts = job.token.split(".");

    expect(parts).toHaveLength(3);
    const claims = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString()) as Record<string, unknown>;
    expect(claims["scp"]).toBe(`Actions.Results:${job.planId}:${job.jobId}`);
    expect(claims["exp"]).toEqual(expect.any(Number));
    expect(Object.values(claims)).not.toContain(null);
  });
});
