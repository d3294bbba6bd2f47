import { beforeEach, describe, expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../conformance/time-and-chance.ts";
import type { Effect } from "./effect.ts";
import { GitHubModel } from "./github-model.ts";
import { queueRawJob } from "./raw-job.ts";
import type { Job, Runner, ScaleSet } from "./records.ts";
import { Refusal } from "./refusal.ts";

describe("the model of GitHub", () => {
  let clock: VirtualClock;
  let model: GitHubModel;
  let scaleSet: ScaleSet;
  let effects: Effect[];
  beforeEach(() => {
    clock = new VirtualClock();
    model = new GitHubModel({ clock, random: seededRandom(1) });
    model.tenants.addRepository("acme/widgets");
    scaleSet = model.createScaleSet(model.tenants.at({ kind: "organization", owner: "acme" }), { name: "linux" });
    effects = [];
    model.subscribe((effect) => effects.push(effect));
  });

  const pass = (durationMs: number) => {
    clock.pass(durationMs);
    model.advance();
  };
  const queue = (labels: readonly string[] = ["linux"], runnerGroup?: string): Job =>
    queueRawJob(model, { repository: "acme/widgets", labels, runnerGroup });
  const register = (name: string): Runner => registered(name, ["linux"], true, scaleSet);
  const registered = (name: string, labels: readonly string[], ephemeral: boolean, owner?: ScaleSet): Runner => {
    const spec = {
      name,
      labels,
      groupId: 1,
      ephemeral,
      disableUpdate: true,
      version: "",
      os: "linux",
      workFolder: "_work",
    };
    return model.connectRunner(model.registerRunner(scaleSet.tenant, spec, owner).id);
  };
  /** Assigns what is queued, as a poll with room for it does. */
  const poll = (capacity = 10) => {
    const held = scaleSet.session;
    const { token } =
      held === undefined ? model.createSession(scaleSet, "host", "http://s") : model.refreshSession(scaleSet, held.id);
    return model.poll(token, 0, capacity);
  };
  const kinds = () => effects.map((effect) => effect.kind);
  const refusal = (command: () => unknown): string | undefined => {
    try {
      command();
    } catch (error) {
      if (error instanceof Refusal) return error.reason;
      throw error;
    }
    return undefined;
  };

  test("an assigned job is held out to the free online runner that was registered first", () => {
    const [first, second] = [register("r1"), register("r2")];
    model.disconnectRunner(first.id);
    model.connectRunner(first.id);
    const job = queue();
    poll();
    expect(model.offerFor(first.id)).toBe(job);
    expect(model.offerFor(second.id)).toBeUndefined();
    expect(effects).toContainEqual({ kind: "job-offered", runnerId: first.id, jobId: job.spec.jobId });
  });

  test("a job that its runner does not take is held out to the next one", () => {
    const [first, second] = [register("r1"), register("r2")];
    const job = queue();
    poll();
    model.disconnectRunner(first.id);
    expect(model.offerFor(second.id)).toBe(job);
    expect(refusal(() => model.takeJob(first.id, job.spec.jobId))).toBe("job-not-found");
    expect(model.takeJob(second.id, job.spec.jobId)).toBe(job);
    expect(model.takeJob(second.id, job.spec.jobId), "a repeated take").toBe(job);
    expect(refusal(() => model.takeJob(first.id, job.spec.jobId))).toBe("job-taken");
  });

  test("an offer that nobody answers is withdrawn after a minute", () => {
    const runner = register("r1");
    const job = queue();
    poll();
    pass(60_000);
    expect(kinds().filter((kind) => kind === "offer-withdrawn")).toHaveLength(1);
    expect(model.offerFor(runner.id), "and made again").toBe(job);
  });

  test("a job without renewal for ten minutes fails, and its runner is gone", () => {
    const runner = register("r1");
    const job = queue();
    poll();
    model.takeJob(runner.id, job.spec.jobId);
    pass(599_999);
    expect(model.renewJob(job.spec.jobId)).toBe(clock.nowMs() + 600_000);
    pass(599_999);
    expect(job.phase.kind).toBe("running");
    pass(1);
    expect(job.phase).toMatchObject({ kind: "completed", conclusion: "failure" });
    expect(runner.phase.kind).toBe("gone");
    expect(refusal(() => model.renewJob(job.spec.jobId))).toBe("job-not-found");
  });

  test("a running job is cancelled through its runner, and by force when that has no effect for five minutes", () => {
    const runner = register("r1");
    const job = queue();
    poll();
    model.takeJob(runner.id, job.spec.jobId);
    model.cancelJob(job.spec.jobId);
    model.cancelJob(job.spec.jobId);
    expect(effects.filter((effect) => effect.kind === "cancel-requested")).toHaveLength(1);
    expect(model.cancellationFor(runner.id)).toBe(job);
    pass(299_999);
    expect(job.phase.kind).toBe("running");
    pass(1);
    expect(job.phase).toMatchObject({ kind: "completed", conclusion: "cancelled" });
    expect(model.cancellationFor(runner.id)).toBeUndefined();
  });

  test("a job that is over stays as it ended, whatever is reported later", () => {
    const runner = register("r1");
    const job = queue();
    expect(
      refusal(() => model.finishJob(job.spec.jobId, { conclusion: "success" })),
      "nobody took it",
    ).toBe("job-not-found");
    poll();
    model.takeJob(runner.id, job.spec.jobId);
    model.finishJob(job.spec.jobId, { conclusion: "success" });
    model.finishJob(job.spec.jobId, { conclusion: "failure" });
    expect(job.phase).toMatchObject({ conclusion: "success" });
  });

  test("a runner without a scale set takes any job that its labels fit, and stays when it is not ephemeral", () => {
    const runner = registered("big", ["self-hosted", "gpu"], false);
    queue(["linux"]);
    expect(model.offerFor(runner.id)).toBeUndefined();
    const [first, second] = [queue(["GPU"]), queue(["gpu", "self-hosted"])];
    for (const job of [first, second]) {
      expect(model.offerFor(runner.id)).toBe(job);
      model.takeJob(runner.id, job.spec.jobId);
      model.finishJob(job.spec.jobId, { conclusion: "success" });
    }
    expect(runner.phase.kind).toBe("online");
  });

  test("a job that names a runner group goes to that group only", () => {
    const group = model.tenants.addRunnerGroup(scaleSet.tenant, "builders");
    const job = queue(["linux"], "Builders");
    poll();
    expect(job.phase.kind).toBe("queued");
    model.updateScaleSet(scaleSet, { groupId: group.id });
    poll();
    expect(job.phase.kind).toBe("assigned");
  });

  test("a scale set serves the repositories of its scope only", () => {
    model.tenants.addRepository("other/things");
    const job = queueRawJob(model, { repository: "other/things", labels: ["linux"] });
    poll();
    expect(job.phase.kind).toBe("queued");
  });

  test("a clock that is read late gives the same history as one that ticks", () => {
    const job = queue();
    poll();
    clock.pass(3_600_000);
    model.advance();
    // Its session was abandoned at 75 s after the poll's end, so nobody could take it again: one assignment only.
    expect(job.phase.kind).toBe("queued");
    expect(job.assignments).toBe(1);
    expect(scaleSet.session).toBeUndefined();
    expect(model.nextDeadlineMs()).toBeUndefined();
  });

  test("a listener may give commands, and effects keep their order", () => {
    const seen: string[] = [];
    model.subscribe((effect) => {
      seen.push(effect.kind);
      if (effect.kind === "job-offered") model.takeJob(effect.runnerId, effect.jobId);
      if (effect.kind === "job-started") model.finishJob(effect.jobId, { conclusion: "success" });
    });
    register("r1");
    queue();
    poll();
    expect(seen).toEqual(["job-offered", "job-started", "job-completed", "runner-gone"]);
  });

  test("histories beyond the bound forget the oldest jobs and runners", () => {
    model = new GitHubModel({ clock, random: seededRandom(1), limits: { historyMax: 3 } });
    model.tenants.addRepository("acme/widgets");
    const jobs = [1, 2, 3, 4, 5].map(() => queueRawJob(model, { repository: "acme/widgets", labels: ["x"] }));
    for (const job of jobs) model.cancelJob(job.spec.jobId);
    expect([...model.jobs.all()]).toEqual(jobs.slice(2));
    expect(model.jobs.findByRunId(jobs[0]?.spec.runId ?? 0)).toBeUndefined();
  });
});
