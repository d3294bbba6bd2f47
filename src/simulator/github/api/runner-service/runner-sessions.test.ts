import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageOf, RunnerLab, type Sent } from "./testing/runner-lab.ts";

const second = 1_000;
const holdMs = 50 * second;

describe("R-4 broker sessions and polls", () => {
  test("R-4 a poll with nothing to say is held for 50 seconds and then answers without a body", () => {
    const runner = new RunnerLab().register("r1").connect();
    const poll = runner.poll();

    runner.lab.pass(holdMs - 1);
    expect(poll.response).toBeUndefined();
    runner.lab.pass(1);

    expect(poll.response).toMatchObject({ status: 202, body: "" });
  });

  test("R-4 a job wakes the poll that waits for it", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const poll = runner.poll();
    lab.pass(10 * second);

    const jobId = lab.queueJob();

    expect(messageOf(poll)).toEqual({
      id: expect.any(Number) as number,
      type: "RunnerJobRequest",
      body: {
        id: jobId,
        runner_request_id: jobId,
        should_acknowledge: false,
        run_service_url: "http://127.0.0.1:4000/",
        billing_owner_id: "O_sim",
      },
    });
  });

  test("R-4 a new session takes the place of the old one, whose parked and later polls are invalid", () => {
    const runner = new RunnerLab().register("r1").connect();
    const parked = runner.poll();
    const oldSession = runner.sessionId;

    runner.openSession();

    const later = runner.poll("Online", oldSession);
    for (const poll of [parked, later]) {
      expect(poll.response?.status).toBe(404);
      expect(JSON.parse(poll.response?.body ?? "")).toMatchObject({
        errorKind: "RunnerSessionInvalid",
        statusCode: 404,
      });
    }
    expect(runner.poll().response).toBeUndefined();
  });

  test("R-4 a runner counts as connected from its first free poll until 90 seconds of silence", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    expect(runner.runner.phase.kind).toBe("registered");
    runner.poll();
    expect(runner.runner.phase.kind).toBe("online");

    lab.pass(holdMs + 89 * second);
    expect(runner.runner.phase.kind).toBe("online");
    lab.pass(second);

    expect(runner.runner.phase.kind).toBe("registered");
    expect(runner.poll().response?.body).toContain("RunnerSessionInvalid");
  });

  test("R-4 closing the session disconnects the runner at once", () => {
    const runner = new RunnerLab().register("r1").connect();
    runner.poll();

    expect(runner.lab.call("DELETE", "/session", { token: runner.token }).status).toBe(204);

    expect(runner.runner.phase.kind).toBe("registered");
  });

  test("R-4 a busy poll hears of no job", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    runner.poll().hangUp();
    const busy = runner.poll("Busy");

    lab.queueJob();

    expect(busy.response).toBeUndefined();
    expect(messageOf(runner.poll())?.type).toBe("RunnerJobRequest");
  });

  test("R-4 a job goes to the poll that is alive, not to the one that hung up", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const dead = runner.poll();
    dead.hangUp();
    const alive = runner.poll();

    const jobId = lab.queueJob();

    expect(dead.response).toBeUndefined();
    expect(messageOf(alive)?.body.id).toBe(jobId);
  });

  test("R-4 an answer that could not be written goes to the poll that waits, at once", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const [first, next] = [runner.poll(), runner.poll()];
    const jobId = lab.queueJob();
    expect(next.response).toBeUndefined();

    first.lose();

    expect(messageOf(next)?.body.id).toBe(jobId);
  });

  test("R-4 an answer that was written and never read comes again with the next free poll, a second later", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const lost = runner.poll();
    const jobId = lab.queueJob();
    const again = runner.poll();
    expect(again.response).toBeUndefined();

    lab.pass(second);

    expect(messageOf(again)).toEqual(messageOf(lost));
    expect(messageOf(again)?.body.id).toBe(jobId);
  });

  test("R-4 an acknowledged job does not come again in the session, and does in the next one", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    runner.poll();
    const jobId = lab.queueJob();
    const acknowledged = lab.call("POST", `/acknowledge?sessionId=${runner.sessionId}&status=Online`, {
      token: runner.token,
      body: { runnerRequestId: jobId },
    });
    expect(acknowledged.status).toBe(200);
    const waiting = runner.poll();
    lab.pass(30 * second);
    expect(waiting.response).toBeUndefined();

    runner.openSession();

    expect(messageOf(runner.poll())?.body.id).toBe(jobId);
  });

  test("R-4 acknowledging what is not held out is AcknowledgeJobNotFound", () => {
    const runner = new RunnerLab().register("r1").connect();

    const answer = runner.lab.call("POST", "/acknowledge", { token: runner.token, body: { runnerRequestId: "x" } });

    expect(answer.status).toBe(404);
    expect(answer.body.errorKind).toBe("AcknowledgeJobNotFound");
  });

  test("R-4 a removed runner's polls, parked and new, say that it is gone", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const parked = runner.poll();

    lab.model.removeRunner(runner.runner);

    for (const poll of [parked, runner.poll()]) {
      expect(poll.response?.status).toBe(404);
      expect(JSON.parse(poll.response?.body ?? "")).toMatchObject({ errorKind: "RunnerNotFound" });
    }
    expect(lab.call("POST", "/session", { token: runner.token }).body.errorKind).toBe("RunnerNotFound");
  });

  test("R-4 shutting down releases every parked poll", () => {
    const lab = new RunnerLab();
    const polls = ["r1", "r2"].map((name) => lab.register(name).connect().poll());

    lab.services.side.sessions.releaseAll();

    expect(polls.map((poll) => poll.response?.status)).toEqual([202, 202]);
  });
});

/** What a runner and its network do to a job on its way. */
const events = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("poll" as const), status: fc.constantFrom("Online" as const, "Busy" as const) }),
    fc.record({ kind: fc.constant("hang-up" as const), which: fc.nat(5) }),
    fc.record({ kind: fc.constant("lose-answer" as const), which: fc.nat(5) }),
    fc.record({ kind: fc.constant("new-session" as const) }),
    fc.record({ kind: fc.constant("queue" as const) }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
  ),
  { maxLength: 40 },
);

describe("R-4 whatever happens to polls", () => {
  test("R-4 aborting a poll at any moment loses no job: the next live poll gets it", () => {
    fc.assert(
      fc.property(events, (story) => {
        const lab = new RunnerLab();
        const runner = lab.register("r1").connect();
        const polls: Sent[] = [];
        for (const event of story) {
          if (event.kind === "poll") polls.push(runner.poll(event.status));
          else if (event.kind === "hang-up") polls.at(-1 - event.which)?.hangUp();
          else if (event.kind === "lose-answer") polls.at(-1 - event.which)?.lose();
          else if (event.kind === "new-session") runner.openSession();
          else if (event.kind === "queue") lab.queueJob();
          else lab.pass(event.ms);
        }
        const jobId = lab.queueJob();
        // The runner's session may have fallen silent on the way; a real one opens a new one then, and polls on.
        runner.openSession();
        const delivered = [runner.poll(), runner.poll()].map((poll) => messageOf(poll)?.body.id as string | undefined);
        const first = delivered.find((id) => id !== undefined);

        expect(first).toBeDefined();
        expect(first === jobId || lab.model.jobs.find(first ?? "") !== undefined).toBe(true);
        expect(runner.acquire(first ?? "").status).toBe(200);
      }),
      { numRuns: 300 },
    );
  });

  test("R-4 within one session too: the job comes with a later free poll after at most a second", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("hang-up", "lose", "ignore", "early hang-up"), { maxLength: 12 }),
        (fates) => {
          const lab = new RunnerLab();
          const runner = lab.register("r1").connect();
          let jobId: string | undefined;
          const polls: Sent[] = [];
          for (const fate of fates) {
            const poll = runner.poll();
            polls.push(poll);
            if (fate === "early hang-up") poll.hangUp();
            jobId ??= lab.queueJob();
            if (fate === "hang-up") poll.hangUp();
            if (fate === "lose") poll.lose();
          }
          jobId ??= lab.queueJob();
          for (const poll of polls) poll.hangUp();
          for (const poll of polls) poll.hangUp();
          const last = runner.poll();
          lab.pass(second);

          expect(messageOf(last)?.body.id).toBe(jobId);
        },
      ),
      { numRuns: 300 },
    );
  });
});
