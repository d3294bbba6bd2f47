import { expect, test } from "vitest";
import { completed, Composition, running } from "./composition.ts";

// Both wait a minute or more until GitHub frees the session of the Drover that was killed (F12), so they wait together.
const pool = ["size: { max: 3, idleGrace: 1s }", "onStop: drain"];

test.concurrent(
  "kill -9 amid running jobs, started again without its journal: every job finishes once and nothing leaks",
  { timeout: 200_000 },
  async () => {
    await using composition = await Composition.open({ pool });
    const first = composition.up();
    await composition.push({ count: 9, seconds: 3 });
    const before = await composition.until("three jobs run", (truth) => running(truth).length === 3, 60_000);
    const killedAmid = running(before).map((job) => job.id);
    first.kill("SIGKILL");
    expect(await first.ended).toEqual({ code: null, signal: "SIGKILL" });

    const alone = await composition.until(
      "the running jobs end without Drover",
      (truth) => truth.jobs.filter((job) => killedAmid.includes(job.id)).every((job) => job.status === "completed"),
      30_000,
    );
    expect(alone.jobs.filter((job) => killedAmid.includes(job.id)).map((job) => job.conclusion)).toEqual([
      "success",
      "success",
      "success",
    ]);
    expect(completed(alone).length).toBeLessThan(9);

    composition.deleteJournal();
    const second = composition.up();
    const after = await composition.until("all nine jobs end", (truth) => completed(truth).length === 9, 100_000);
    await composition.untilClean(30_000);

    expect(after.jobs.map((job) => job.conclusion)).toEqual(Array(9).fill("success"));
    expect(Object.keys(composition.ran())).toHaveLength(9);
    for (const lines of Object.values(composition.ran())) {
      expect(lines.map((line) => line.split(" ")[0])).toEqual(["begin", "end"]);
    }
    const names = (await composition.truth()).runners.map((runner) => runner.name);
    expect(new Set(names).size).toBe(names.length);

    const status = await composition.run(["sim", "status", "--json", "--to", composition.url]);
    expect(JSON.parse(status.stdout)).toEqual(await composition.truth());

    second.kill("SIGTERM");
    expect(await second.ended).toEqual({ code: 0, signal: null });
  },
);

test.concurrent(
  "kill -9 and started again at once: running jobs are adopted, not killed and not run twice",
  { timeout: 200_000 },
  async () => {
    await using composition = await Composition.open({ pool });
    const first = composition.up();
    await composition.push({ count: 6, seconds: 4 });
    const before = await composition.until("three jobs run", (truth) => running(truth).length === 3, 60_000);
    const busy = new Map(running(before).map((job) => [job.id, job.runner]));
    first.kill("SIGKILL");
    await first.ended;
    composition.deleteJournal();
    const second = composition.up();
    const after = await composition.until("all six jobs end", (truth) => completed(truth).length === 6, 100_000);
    await composition.untilClean(30_000);

    for (const [id, runner] of busy) {
      expect(after.jobs.find((job) => job.id === id)).toMatchObject({ conclusion: "success", runner, attempt: 1 });
    }
    for (const lines of Object.values(composition.ran())) {
      expect(lines.map((line) => line.split(" ")[0])).toEqual(["begin", "end"]);
    }
    second.kill("SIGTERM");
    expect(await second.ended).toEqual({ code: 0, signal: null });
  },
);
