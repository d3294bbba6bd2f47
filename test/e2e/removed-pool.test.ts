import { expect, test } from "vitest";
import { completed, Composition, running } from "./composition.ts";

test(
  "a pool that was removed from drover.yaml is drained: its job ends, its idle runners go, nothing is left",
  { timeout: 200_000 },
  async () => {
    await using composition = await Composition.open({
      pool: ["size: { max: 3, minIdle: 1, idleGrace: 1h }", "onStop: keep"],
    });
    const first = composition.up();
    await composition.push({ count: 1, seconds: 6 });
    const before = await composition.until(
      "one job runs and a runner waits beside it",
      (truth) => running(truth).length === 1 && truth.runners.filter(({ goneAt }) => goneAt === null).length === 2,
      60_000,
    );
    first.kill("SIGKILL");
    await first.ended;

    composition.reconfigure("name: linux", "name: other");
    composition.reconfigure("minIdle: 1", "minIdle: 0");
    const second = composition.up();
    const after = await composition.until("the job ends", (truth) => completed(truth).length === 1, 60_000);
    await composition.untilClean(60_000);

    expect(after.jobs[0]).toMatchObject({ conclusion: "success", runner: running(before)[0]?.runner });
    expect((await composition.truth()).runners).toHaveLength(2);
    const listed = await composition.run(["runners", "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ runners: [{ phase: "gone" }, { phase: "gone" }] });
    second.kill("SIGTERM");
    expect(await second.ended).toEqual({ code: 0, signal: null });
  },
);
