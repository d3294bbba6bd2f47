import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

const twoJobs = workflowOf({ a: {}, b: { needs: "a" } });
const runIds = (lab: RunLab) => lab.runs.runs().map((run) => run.id);

test("beyond the bound the oldest runs that are over are forgotten, with their jobs", () => {
  const lab = new RunLab({ jobsMax: 4 });
  const [first] = lab.push(twoJobs).runs;
  lab.finishAll();
  for (let push = 0; push < 3; push += 1) {
    lab.push(twoJobs);
    lab.finishAll();
  }

  expect(runIds(lab)).toEqual([3, 4]);
  expect(lab.runs.jobs()).toHaveLength(4);
  expect(lab.runs.run(1)).toBeUndefined();
  expect(first?.jobs.map((job) => lab.runs.job(job.id))).toEqual([undefined, undefined]);
  expect(lab.runs.job(1)).toBeUndefined();
  expect(lab.runs.rerunAll(1)).toBeUndefined();
});

test("a run that is not over is never forgotten, however old", () => {
  const lab = new RunLab({ jobsMax: 2 });
  lab.push(twoJobs);
  const open = lab.start("a");
  for (let push = 0; push < 3; push += 1) {
    lab.push(twoJobs);
    lab.finishAll();
  }

  expect(runIds(lab)).toEqual([1, 4]);
  lab.end(open);
  lab.finishAll();
  expect(lab.conclusion(1)).toBe("success");
});

test("jobs that a re-run keeps count once, and go with their run", () => {
  const lab = new RunLab({ jobsMax: 3 });
  lab.push(workflowOf({ a: {}, b: {} }));
  lab.finishAll({ b: "failure" });
  lab.take(lab.runs.rerunFailed(1) ?? []);
  lab.finishAll();
  expect(lab.table).toEqual(["a: success", "b: failure", "b: success"]);

  lab.push(workflowOf({ c: {} }));

  expect(lab.table).toEqual(["c: queued"]);
});
