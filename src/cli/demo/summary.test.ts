import { describe, expect, test } from "vitest";
import { truthJob, truthOf, truthRunner } from "../../../test/fakes/truth.ts";
import { cancelledOnPurpose, failsOnPurpose } from "./sample.ts";
import { complaints, summarize, summaryLines } from "./summary.ts";

const nothingLeft = { processes: [], directories: [], registrations: [] };
const fails = truthJob(failsOnPurpose, { queuedS: 0, startedS: 1, completedS: 2, conclusion: "failure" });
const cancelled = truthJob(cancelledOnPurpose, { queuedS: 0, startedS: 1, completedS: 2, conclusion: "cancelled" });

function judge(jobs: Parameters<typeof truthOf>[0], leftovers = nothingLeft as Parameters<typeof summarize>[1]) {
  const truth = truthOf(jobs, [truthRunner("linux-1")]);
  const summary = summarize(truth, leftovers);
  return { summary, faults: complaints(truth, summary, leftovers) };
}

describe("the demo's numbers", () => {
  test("count each queued job once, by how it ended", () => {
    const { summary, faults } = judge([
      truthJob("a", { queuedS: 0, startedS: 2, completedS: 3 }),
      truthJob("b", { queuedS: 0, startedS: 4, completedS: 5 }),
      fails,
      cancelled,
    ]);

    expect(summary).toEqual({
      jobs: { queued: 4, succeeded: 2, failed: 1, cancelled: 1, lost: 0 },
      runners: { made: 1, gone: 1, leaked: 0 },
      queuedToStartedMs: { p50: 1000, p95: 4000 },
    });
    expect(faults).toEqual([]);
  });

  test("a job that never ended is lost, one that waits for it too", () => {
    const { summary, faults } = judge([truthJob("a", { queuedS: 0 }), truthJob("b"), fails, cancelled]);

    expect(summary.jobs).toMatchObject({ queued: 4, lost: 2 });
    expect(faults).toEqual(["2 of 4 jobs never came to an end."]);
  });

  test("a skipped job was never queued", () => {
    const { summary, faults } = judge([fails, cancelled, truthJob("s", { completedS: 1, conclusion: "skipped" })]);

    expect(summary.jobs.queued).toBe(2);
    expect(faults).toEqual([]);
  });

  test("percentiles are the nearest rank, and 0 of nothing", () => {
    const jobs = Array.from({ length: 20 }, (_, n) =>
      truthJob(`j${n}`, { queuedS: 0, startedS: n + 1, completedS: 30 }),
    );

    expect(judge(jobs).summary.queuedToStartedMs).toEqual({ p50: 10_000, p95: 19_000 });
    expect(judge([]).summary.queuedToStartedMs).toEqual({ p50: 0, p95: 0 });
  });
});

describe("the demo fails", () => {
  test("when the job that must fail succeeded", () => {
    const { faults } = judge([truthJob(failsOnPurpose, { queuedS: 0, startedS: 1, completedS: 2 }), cancelled]);

    expect(faults).toEqual([`"${failsOnPurpose}" should end in failure, but ended in success.`]);
  });

  test("when the job that must be cancelled ran to its end", () => {
    const { faults } = judge([fails, truthJob(cancelledOnPurpose, { queuedS: 0, startedS: 1, completedS: 2 })]);

    expect(faults).toEqual([`"${cancelledOnPurpose}" should end in cancelled, but ended in success.`]);
  });

  test("when any other job did not succeed", () => {
    const odd = truthJob("odd", { queuedS: 0, startedS: 1, completedS: 2, conclusion: "timed_out" });
    const { summary, faults } = judge([fails, cancelled, odd]);

    expect(summary.jobs.failed).toBe(2);
    expect(faults).toEqual(['"odd" should end in success, but ended in timed_out.']);
  });

  test("when no job was queued at all", () => {
    expect(judge([]).faults).toEqual(["No job was queued."]);
  });

  test("when anything is left; one runner of which three things are left counts once", () => {
    const { summary, faults } = judge([fails, cancelled], {
      registrations: ["linux-1"],
      directories: ["/tmp/x/work/demo/linux-1"],
      processes: [
        { pid: 7, startTicks: "1", isMarked: true, what: "linux-1" },
        { pid: 8, startTicks: "1", isMarked: true, what: "process 8 (sleep 60)" },
      ],
    });

    expect(summary.runners.leaked).toBe(2);
    expect(faults).toEqual(["Left over: linux-1, process 8 (sleep 60)."]);
  });
});

test("the summary for people says the same numbers, and every fault", () => {
  const { summary } = judge([fails, cancelled]);
  const text = (faults: string[]) =>
    summaryLines(summary, faults, 12_000)
      .map((line) => line.map((part) => part.text).join(""))
      .join("\n");

  expect(text([])).toContain("2 queued   0 succeeded   1 failed   1 cancelled   0 lost");
  expect(text([])).toContain("nothing is left, in 12.0 s");
  expect(text(["It broke."])).toContain("✗ It broke.");
  expect(text(["It broke."])).not.toContain("nothing is left");
});
