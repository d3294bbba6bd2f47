import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

test("cancelling a run withdraws queued jobs at once and asks the runners of running ones", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: {}, c: { needs: "a" } }));
  const running = lab.start("a");
  lab.take(lab.runs.cancelRun(1));

  expect(lab.cancelled).toEqual(["a", "b"]);
  expect(lab.table).toEqual(["a: in_progress", "b: cancelled", "c: waiting"]);
  expect(lab.conclusion()).toBeNull();
  lab.end(running, "canceled");
  expect(lab.table).toEqual(["a: cancelled", "b: cancelled", "c: skipped"]);
  expect(lab.conclusion()).toBe("cancelled");
});

test("a job whose condition is always() goes on when its run is cancelled, and later ones start", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      a: {},
      keep: { if: "always()" },
      clean: { needs: "a", if: "always()" },
      told: { needs: "a", if: "cancelled()" },
      not: { needs: "a", if: "!cancelled()" },
    }),
  );
  const a = lab.start("a");
  const keep = lab.start("keep");
  lab.take(lab.runs.cancelRun(1));
  expect(lab.cancelled).toEqual(["a"]);
  lab.end(a, "cancelled");
  lab.end(keep);
  lab.finishAll();

  expect(lab.table).toEqual(["a: cancelled", "keep: success", "clean: success", "told: success", "not: skipped"]);
  expect(lab.conclusion()).toBe("cancelled");
});

test("cancelling twice, or when all is over, does nothing", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }));
  lab.start("a");
  lab.runs.cancelRun(1);

  expect(lab.runs.cancelRun(1)).toEqual([]);
  expect(lab.runs.cancelRun(99)).toEqual([]);
});

test("a job that ended before the cancellation reached it keeps its conclusion; its run was cancelled all the same", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }));
  const a = lab.start("a");
  lab.take(lab.runs.cancelRun(1));
  lab.end(a, "success");

  expect(lab.table).toEqual(["a: success"]);
  expect(lab.conclusion()).toBe("cancelled");
});

test("one job can be cancelled; those that need it are skipped", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a" }, c: {} }));
  lab.take(lab.runs.cancelJob(lab.ready[0]?.jobId ?? ""));
  lab.finishAll();

  expect(lab.table).toEqual(["a: cancelled", "b: skipped", "c: success"]);
  expect(lab.conclusion()).toBe("cancelled");
});

test("cancelling a run never makes room for a job that max-parallel held back", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { strategy: { "max-parallel": 1, matrix: { v: [1, 2, 3] } } } }));
  lab.take(lab.runs.cancelRun(1));

  expect(lab.cancelled).toEqual(["a (1)"]);
  expect(lab.table).toEqual(["a (1): cancelled", "a (2): cancelled", "a (3): cancelled"]);
});

test("a job that runs longer than timeout-minutes is cancelled, and says so", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { "timeout-minutes": 2 }, b: {} }));
  const a = lab.start("a");
  lab.finish("b");
  expect(lab.runs.nextDeadlineMs()).toBe(lab.nowMs + 120_000);
  lab.nowMs += 119_999;
  expect(lab.runs.advance()).toEqual([]);
  lab.nowMs += 1;
  lab.take(lab.runs.advance());

  expect(lab.cancelled).toEqual(["a"]);
  lab.end(a, "cancelled");
  expect(lab.table).toEqual(["a: cancelled", "b: success"]);
  expect(lab.runs.problem(a.jobId)).toBe("The job has exceeded the maximum execution time of 2m0s");
  expect(lab.runs.nextDeadlineMs()).toBeUndefined();
});

test("a job without timeout-minutes may run for six hours", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }));
  lab.start("a");

  expect(lab.runs.nextDeadlineMs()).toBe(lab.nowMs + 6 * 3_600_000);
});
