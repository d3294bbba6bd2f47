import { describe, expect, test } from "vitest";
import { messageOf, RunnerLab } from "./testing/runner-lab.ts";

const second = 1_000;

function running(): { lab: RunnerLab; runner: ReturnType<RunnerLab["register"]>; jobId: string } {
  const lab = new RunnerLab();
  const runner = lab.register("r1").connect();
  const jobId = lab.queueJob();
  runner.poll();
  return { lab, runner, jobId };
}

describe("R-9 cancellation", () => {
  test("R-9 it reaches the runner by its busy poll", () => {
    const { lab, runner, jobId } = running();
    runner.take(jobId);
    const busy = runner.poll("Busy");

    lab.model.cancelJob(jobId);

    expect(messageOf(busy)).toMatchObject({ type: "JobCancellation", body: { jobId, timeout: "00:05:00" } });
  });

  test("R-9 it comes again every ten seconds until the job is over, and not faster", () => {
    const { lab, runner, jobId } = running();
    const job = runner.take(jobId);
    lab.model.cancelJob(jobId);
    expect(messageOf(runner.poll("Busy"))?.type).toBe("JobCancellation");
    const next = runner.poll("Busy");
    lab.pass(9 * second);
    expect(next.response).toBeUndefined();
    lab.pass(second);
    expect(messageOf(next)?.type).toBe("JobCancellation");

    job.complete({ conclusion: "canceled" });
    const after = runner.poll("Busy");
    lab.pass(20 * second);

    expect(messageOf(after)).toBeUndefined();
    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({ conclusion: "cancelled" });
  });

  test("R-9 an answer that was lost comes again at once", () => {
    const { lab, runner, jobId } = running();
    runner.take(jobId);
    const [first, second] = [runner.poll("Busy"), runner.poll("Busy")];
    lab.model.cancelJob(jobId);

    first.lose();

    expect(messageOf(second)?.type).toBe("JobCancellation");
  });

  test("R-9 a job whose runner does not react is ended by force after five minutes", () => {
    const { lab, runner, jobId } = running();
    const job = runner.take(jobId);
    lab.model.cancelJob(jobId);
    for (let count = 0; count < 4; count += 1) {
      lab.pass(60 * second);
      job.renew();
    }
    lab.pass(59 * second);
    expect(lab.model.jobs.find(jobId)?.phase.kind).toBe("running");

    lab.pass(second);

    expect(lab.model.jobs.find(jobId)?.phase).toMatchObject({ kind: "completed", conclusion: "cancelled" });
    expect(job.renew().status).toBe(404);
  });

  test("R-9 a job cancelled before it was acquired is withdrawn: acquiring it is 404 and the runner waits on", () => {
    const { lab, runner, jobId } = running();

    lab.model.cancelJob(jobId);

    expect(runner.acquire(jobId).status).toBe(404);
    const next = lab.queueJob();
    expect(messageOf(runner.poll())?.body.id).toBe(next);
  });
});
