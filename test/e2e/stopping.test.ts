import { expect, test } from "vitest";
import { completed, Composition, running } from "./composition.ts";
import { eventually } from "./eventually.ts";

test(
  "SIGTERM drains: running jobs end, no new runner is made, nothing is left, exit code 0",
  { timeout: 200_000 },
  async () => {
    await using composition = await Composition.open({ pool: ["size: { max: 2, idleGrace: 1s }", "onStop: drain"] });
    const drover = composition.up();
    await composition.push({ count: 5, seconds: 3 });
    const before = await composition.until("two jobs run", (truth) => running(truth).length === 2, 60_000);
    drover.kill("SIGTERM");

    expect(await drover.ended).toEqual({ code: 0, signal: null });
    const after = await composition.truth();
    for (const { id } of running(before)) {
      expect(after.jobs.find((job) => job.id === id)).toMatchObject({ status: "completed", conclusion: "success" });
    }
    expect(completed(after).length).toBeLessThan(5);
    expect(running(after)).toEqual([]);
    await composition.untilClean(5_000);

    // The session was given back: the next start is served at once, not after GitHub's timeout.
    const again = composition.up();
    await composition.until("the rest ends", (truth) => completed(truth).length === 5, 60_000);
    await composition.untilClean(30_000);
    again.kill("SIGTERM");
    expect(await again.ended).toEqual({ code: 0, signal: null });
  },
);

test(
  "a second SIGTERM forces: Drover ends at once, says what it leaves, and the running jobs are unharmed",
  { timeout: 200_000 },
  async () => {
    await using composition = await Composition.open({ pool: ["size: { max: 2, idleGrace: 1s }", "onStop: drain"] });
    const drover = composition.up();
    await composition.push({ count: 2, seconds: 10 });
    const before = await composition.until("two jobs run", (truth) => running(truth).length === 2, 60_000);
    drover.kill("SIGTERM");
    await eventually("it has heard the first one", async () => drover.stderr().includes("Stopping:"), {
      withinMs: 10_000,
      lastSeen: () => drover.stderr(),
    });
    expect(drover.isOver()).toBe(false);
    drover.kill("SIGTERM");
    const ended = await drover.ended;

    expect(running(await composition.truth())).toHaveLength(2);
    expect(ended.code).toBe(130);
    for (const { runner } of running(before)) expect(drover.stderr() + drover.stdout()).toContain(runner);

    await composition.until("both end by themselves", (truth) => completed(truth).length === 2, 60_000);
    expect((await composition.truth()).jobs.map((job) => job.conclusion)).toEqual(["success", "success"]);
    const again = composition.up();
    await composition.untilClean(60_000);
    again.kill("SIGTERM");
    expect(await again.ended).toEqual({ code: 0, signal: null });
  },
);

test(
  "SIGHUP, as when its terminal is closed, is an orderly end: the session is given back",
  { timeout: 100_000 },
  async () => {
    await using composition = await Composition.open({ pool: ["size: { max: 1, idleGrace: 1s }", "onStop: keep"] });
    const drover = composition.up();
    await composition.push({ count: 1, seconds: 8 });
    await composition.until("the job runs", (truth) => running(truth).length === 1, 60_000);
    drover.kill("SIGHUP");
    expect(await drover.ended).toEqual({ code: 0, signal: null });

    const again = composition.up();
    await composition.until("the job ends", (truth) => completed(truth).length === 1, 30_000);
    await composition.untilClean(30_000);
    again.kill("SIGTERM");
    expect(await again.ended).toEqual({ code: 0, signal: null });
  },
);

test(
  "a reader of its log that goes away (drover up 2>&1 | head) is an orderly end: the session is given back",
  { timeout: 150_000 },
  async () => {
    await using composition = await Composition.open({ pool: ["size: { max: 1, idleGrace: 1s }", "onStop: drain"] });
    const ended = composition.upReadUntil("connected");
    // There is a launch to tell of, and nobody reads it.
    await composition.push({ count: 1, seconds: 0 });
    expect(await ended).toBe(0);

    const again = composition.up();
    await composition.push({ count: 1, seconds: 0 });
    // GitHub frees a session that nobody gave back only after more than a minute.
    await composition.until("both jobs end", (truth) => completed(truth).length === 2, 40_000);
    await composition.untilClean(30_000);
    again.kill("SIGTERM");
    expect(await again.ended).toEqual({ code: 0, signal: null });
  },
);

test("with onStop: keep busy runners stay, and the next start adopts them", { timeout: 200_000 }, async () => {
  await using composition = await Composition.open({ pool: ["size: { max: 2, idleGrace: 1s }", "onStop: keep"] });
  const drover = composition.up();
  await composition.push({ count: 4, seconds: 6 });
  const before = await composition.until("two jobs run", (truth) => running(truth).length === 2, 60_000);
  drover.kill("SIGTERM");
  expect(await drover.ended).toEqual({ code: 0, signal: null });
  expect(running(await composition.truth()).map((job) => job.id)).toEqual(running(before).map((job) => job.id));

  const again = composition.up();
  const after = await composition.until("all end", (truth) => completed(truth).length === 4, 60_000);
  await composition.untilClean(30_000);
  for (const { id, runner } of running(before)) {
    expect(after.jobs.find((job) => job.id === id)).toMatchObject({ conclusion: "success", runner });
  }
  again.kill("SIGTERM");
  expect(await again.ended).toEqual({ code: 0, signal: null });
});
