import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageOf, RunnerLab } from "./testing/runner-lab.ts";

describe("R-5 from the queue to one runner", () => {
  test("R-5 two polls at once get one job between them", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const polls = [runner.poll(), runner.poll()];

    lab.queueJob();
    lab.queueJob();

    expect(polls.filter((poll) => messageOf(poll) !== undefined)).toHaveLength(1);
  });

  test("R-5 a runner with a job gets no second one, however it polls", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();
    runner.take(jobId);
    const polls = [runner.poll("Busy"), runner.poll("Online")];

    lab.queueJob();
    lab.pass(40_000);

    expect(polls.map((poll) => messageOf(poll))).toEqual([undefined, undefined]);
  });

  test("R-5 labels are matched without regard to case, and all of them must fit", () => {
    const lab = new RunnerLab();
    const small = lab.register("small", { labels: ["LAB"] }).connect();
    const other = lab.register("other", { labels: ["elsewhere"] }).connect();
    const [smallPoll, otherPoll] = [small.poll(), other.poll()];

    const jobId = lab.queueJob();

    expect(messageOf(smallPoll)?.body.id).toBe(jobId);
    expect(messageOf(otherPoll)).toBeUndefined();
  });

  test("R-5 a job that its runner does not acquire within a minute goes to another one", () => {
    const lab = new RunnerLab();
    const ghost = lab.register("ghost").connect();
    ghost.poll();
    const jobId = lab.queueJob();
    // Silent from here on: no poll, no acquire, until its session is over.
    const healthy = lab.register("healthy").connect();
    const poll = healthy.poll();
    expect(messageOf(poll)).toBeUndefined();

    lab.pass(45_000);
    healthy.poll();
    lab.pass(45_000);

    expect(messageOf(healthy.poll())?.body.id).toBe(jobId);
    expect(ghost.acquire(jobId).status).toBe(404);
    expect(healthy.acquire(jobId).status).toBe(200);
  });

  test("R-5 a withdrawn job that is offered again to the same runner comes as a new message", () => {
    const lab = new RunnerLab();
    const runner = lab.register("r1").connect();
    const first = runner.poll();
    const jobId = lab.queueJob();
    lab.call("POST", "/acknowledge", { token: runner.token, body: { runnerRequestId: jobId } });
    const second = runner.poll("Online");
    expect(messageOf(second)).toBeUndefined();

    lab.pass(45_000);
    const third = runner.poll();
    lab.pass(15_000);

    const again = [second, third].map(messageOf).find((message) => message !== undefined);
    expect(again?.body.id).toBe(jobId);
    expect(again?.id).toBeGreaterThan(messageOf(first)?.id ?? Number.POSITIVE_INFINITY);
  });

  test("R-5 removal against assignment: either the runner is gone and has no job, or it has the job and stays", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(["remove", "queue", "poll", "acquire"], { minLength: 4 }), (order) => {
        const lab = new RunnerLab();
        const [first, second] = [lab.register("r1").connect(), lab.register("r2").connect()];
        first.poll();
        let jobId = "";
        let acquired = false;
        let refused = false;
        for (const step of order) {
          if (step === "queue") jobId = lab.queueJob();
          else if (step === "poll") first.poll();
          else if (step === "acquire") acquired = first.acquire(jobId).status === 200;
          else {
            try {
              lab.model.removeRunner(first.runner);
            } catch {
              refused = true;
            }
          }
        }

        expect(refused).toBe(acquired);
        const handedOn = messageOf(second.poll())?.body.id as string | undefined;
        expect(handedOn).toBe(acquired ? undefined : jobId);
      }),
      { numRuns: 60 },
    );
  });

  test("R-5 many runners and many jobs, in any order: each job has one runner and no runner has two jobs", () => {
    const action = fc.record({
      kind: fc.constantFrom("queue" as const, "poll" as const, "acquire-seen" as const, "remove" as const),
      runner: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (story) => {
        const lab = new RunnerLab();
        const runners = Array.from({ length: 4 }, (_, index) => lab.register(`r${index}`).connect());
        const seen = new Map<number, string>();
        const held = new Map<string, number>();
        for (const { kind, runner: index } of story) {
          const runner = runners[index];
          if (runner === undefined) continue;
          if (kind === "queue") lab.queueJob();
          else if (kind === "poll") {
            const jobId = messageOf(runner.poll())?.body.id as string | undefined;
            if (jobId !== undefined) seen.set(index, jobId);
          } else if (kind === "acquire-seen") {
            const jobId = seen.get(index);
            if (jobId === undefined || runner.acquire(jobId).status !== 200) continue;
            expect(held.get(jobId) ?? index).toBe(index);
            held.set(jobId, index);
          } else if (runner.runner.phase.kind !== "busy" && runner.runner.phase.kind !== "gone") {
            lab.model.removeRunner(runner.runner);
          }
        }

        expect(new Set(held.values()).size).toBe(held.size);
      }),
      { numRuns: 200 },
    );
  });
});
