import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

const rows = (lab: RunLab) =>
  lab.runs.jobs().map((job) => `${job.name} #${job.attempt}: ${job.conclusion ?? job.status}`);

test("a re-run of failed jobs runs them and what depends on them, and keeps the others with their outputs", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      a: { outputs: { v: "${{ steps.s.outputs.v }}" } },
      b: { needs: "a", name: "b ${{ needs.a.outputs.v }} ${{ github.run_attempt }}" },
      c: { needs: "b" },
      d: {},
    }),
  );
  lab.finishAll({ a: { outputs: { v: "7" } }, "b 7 1": "failure" });
  expect(lab.conclusion()).toBe("failure");
  lab.take(lab.runs.rerunFailed(1) ?? []);
  expect(lab.conclusion()).toBeNull();
  lab.finishAll();

  expect(rows(lab)).toEqual([
    "a #1: success",
    "b 7 1 #1: failure",
    "c #1: skipped",
    "d #1: success",
    "b 7 2 #2: success",
    "c #2: success",
  ]);
  expect(lab.conclusion()).toBe("success");
  expect(lab.runs.jobsOfRun(1).map((job) => job.name)).toEqual(["a", "b 7 2", "c", "d"]);
});

test("of a matrix only the failed jobs run again", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ t: { strategy: { "fail-fast": false, matrix: { v: [1, 2, 3] } } }, after: { needs: "t" } }));
  lab.finishAll({ "t (2)": "failure" });
  lab.take(lab.runs.rerunFailed(1) ?? []);
  expect(lab.readyNames).toEqual(["t (2)"]);
  lab.finishAll();

  expect(rows(lab)).toEqual([
    "t (1) #1: success",
    "t (2) #1: failure",
    "t (3) #1: success",
    "after #1: skipped",
    "t (2) #2: success",
    "after #2: success",
  ]);
});

test("cancelled jobs count as failed", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: {} }));
  lab.finish("a");
  lab.take(lab.runs.cancelRun(1));
  lab.take(lab.runs.rerunFailed(1) ?? []);

  expect(lab.readyNames).toEqual(["b"]);
  lab.finishAll();
  expect(lab.conclusion()).toBe("success");
});

test("a matrix behind a job that runs again is made anew from its new outputs", () => {
  const lab = new RunLab();
  lab.push(
    workflowOf({
      plan: { outputs: { m: "${{ steps.s.outputs.m }}" } },
      t: {
        needs: "plan",
        if: "always()",
        strategy: { matrix: { v: "${{ fromJSON(needs.plan.outputs.m || '[0]') }}" } },
      },
    }),
  );
  lab.finishAll({ plan: "failure" });
  lab.take(lab.runs.rerunFailed(1) ?? []);
  lab.finishAll({ plan: { outputs: { m: "[1,2]" } } });

  expect(rows(lab)).toEqual([
    "plan #1: failure",
    "t (0) #1: success",
    "plan #2: success",
    "t (1) #2: success",
    "t (2) #2: success",
  ]);
});

test("a re-run of all jobs runs every job", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { needs: "a" } }));
  lab.finishAll();
  lab.take(lab.runs.rerunAll(1) ?? []);
  expect(lab.ready).toMatchObject([{ name: "a", attempt: 2, runId: 1 }]);
  lab.finishAll();

  expect(rows(lab)).toEqual(["a #1: success", "b #1: success", "a #2: success", "b #2: success"]);
  expect(lab.runs.run(1)).toMatchObject({ attempt: 2, number: 1, conclusion: "success" });
});

test("a run that is not over, or in which nothing failed, is not re-run", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }));
  expect(lab.runs.rerunFailed(1)).toBeUndefined();
  expect(lab.runs.rerunAll(1)).toBeUndefined();
  lab.finishAll();

  expect(lab.runs.rerunFailed(1)).toBeUndefined();
  expect(lab.runs.run(1)?.attempt).toBe(1);
  expect(lab.runs.rerunAll(99)).toBeUndefined();
});
