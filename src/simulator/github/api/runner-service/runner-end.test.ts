import { describe, expect, test } from "vitest";
import { messageOf, RunnerLab } from "./testing/runner-lab.ts";

const second = 1_000;

function finished(): { lab: RunnerLab; runner: ReturnType<RunnerLab["register"]>; jobId: string } {
  const lab = new RunnerLab();
  const runner = lab.register("r1").connect();
  const jobId = lab.queueJob();
  runner.poll();
  runner.take(jobId).complete();
  return { lab, runner, jobId };
}

describe("R-8 the end of an ephemeral runner", () => {
  test("R-8 its registration is gone with its job", () => {
    const { lab, runner } = finished();

    expect(runner.runner.phase.kind).toBe("gone");
    expect(lab.model.runners.find(runner.runner.id)).toBeUndefined();
  });

  test("R-8 for a minute its polls are held and say nothing; then they say that it is gone", () => {
    const { lab, runner } = finished();
    const first = runner.poll("Online");
    lab.pass(50 * second);
    expect(first.response?.status).toBe(202);
    const next = runner.poll("Online");
    expect(next.response).toBeUndefined();

    lab.pass(10 * second);

    expect(JSON.parse(next.response?.body ?? "")).toMatchObject({ errorKind: "RunnerNotFound" });
  });

  test("R-8 a poll parked while busy lives on through the end of the job", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();
    const job = runner.take(jobId);
    const busy = runner.poll("Busy");

    job.complete();

    expect(busy.response).toBeUndefined();
  });

  test("R-8 no job finds it in that minute", () => {
    const { lab, runner } = finished();
    const poll = runner.poll("Online");

    lab.queueJob();
    lab.pass(5 * second);

    expect(messageOf(poll)).toBeUndefined();
  });

  test("R-8 its last call, DELETE session, answers 204 and ends everything", () => {
    const { lab, runner } = finished();

    expect(lab.call("DELETE", "/session", { token: runner.token }).status).toBe(204);

    expect(runner.poll().response?.body).toContain("RunnerNotFound");
    expect(runner.exchange().body.error).toBe("invalid_client");
  });

  test("R-8 a late DELETE session answers 2xx as well", () => {
    const { lab, runner } = finished();
    lab.pass(61 * second);

    expect(lab.call("DELETE", "/session", { token: runner.token }).status).toBe(204);
  });

  test("R-8 a runner that is not ephemeral stays, and takes the next job", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1", { ephemeral: false }).connect();
    const first = lab.queueJob();
    runner.poll();
    runner.take(first).complete();
    runner.poll();
    lab.pass(40 * second);
    const waiting = runner.poll();
    lab.pass(40 * second);
    const next = lab.queueJob();

    expect(runner.exchange().status).toBe(200);
    expect(messageOf(waiting)?.body.id).toBe(next);
    expect(runner.acquire(next).status).toBe(200);
  });
});
