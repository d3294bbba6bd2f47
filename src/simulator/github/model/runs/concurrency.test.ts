import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

const statuses = (lab: RunLab) => lab.runs.runs().map((run) => run.conclusion ?? run.status);

test("of the runs of one group one is in progress, one waits, and a newer one takes the waiting place", () => {
  const lab = new RunLab();
  const text = workflowOf({ a: {} }, { concurrency: "deploy" });
  lab.push(text);
  lab.push(text);
  expect(statuses(lab)).toEqual(["in_progress", "pending"]);
  expect(lab.table).toEqual(["a: queued", "a: pending"]);
  lab.push(text);
  expect(statuses(lab)).toEqual(["in_progress", "cancelled", "pending"]);
  expect(lab.readyNames).toEqual(["a"]);
  lab.finish("a");

  expect(statuses(lab)).toEqual(["success", "cancelled", "in_progress"]);
  expect(lab.table).toEqual(["a: success", "a: cancelled", "a: queued"]);
  expect(lab.runs.run(2)?.problem).toBe("Canceling since a higher priority waiting request for deploy exists");
});

test("cancel-in-progress cancels the run in progress; the new one starts when that is over", () => {
  const lab = new RunLab();
  const text = workflowOf({ a: {} }, { concurrency: { group: "${{ github.ref }}", "cancel-in-progress": true } });
  lab.push(text);
  const first = lab.start("a");
  lab.push(text);
  expect(lab.cancelled).toEqual(["a"]);
  expect(statuses(lab)).toEqual(["in_progress", "pending"]);
  lab.end(first, "cancelled");

  expect(statuses(lab)).toEqual(["cancelled", "in_progress"]);
  expect(lab.readyNames).toEqual(["a"]);
});

test("a run whose jobs are only queued is over at once when cancel-in-progress strikes", () => {
  const lab = new RunLab();
  const text = workflowOf({ a: {}, b: { needs: "a" } }, { concurrency: { group: "g", "cancel-in-progress": true } });
  lab.push(text);
  lab.push(text);

  expect(statuses(lab)).toEqual(["cancelled", "in_progress"]);
  expect(lab.table).toEqual(["a: cancelled", "b: skipped", "a: queued", "b: waiting"]);
});

test("cancel-in-progress may be an expression", () => {
  const lab = new RunLab();
  const concurrency = { group: "g", "cancel-in-progress": "${{ github.ref != 'refs/heads/main' }}" };
  const text = workflowOf({ a: {} }, { concurrency });
  lab.push(text);
  lab.push(text);
  expect(statuses(lab)).toEqual(["in_progress", "pending"]);
  lab.push(text, { ref: "other" });

  expect(statuses(lab)).toEqual(["cancelled", "cancelled", "in_progress"]);
});

test("groups are told apart without regard to case, and by repository", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }, { concurrency: "Prod" }));
  lab.push(workflowOf({ a: {} }, { concurrency: "prod" }));
  lab.push(workflowOf({ a: {} }, { concurrency: "prod" }), { repository: "acme/other" });

  expect(statuses(lab)).toEqual(["in_progress", "pending", "in_progress"]);
});

test("queue: max keeps more than one waiting, in their order", () => {
  const lab = new RunLab();
  const text = workflowOf({ a: {} }, { concurrency: { group: "g", queue: "max" } });
  for (let index = 0; index < 3; index += 1) lab.push(text);
  expect(statuses(lab)).toEqual(["in_progress", "pending", "pending"]);
  lab.finish("a");

  expect(statuses(lab)).toEqual(["success", "in_progress", "pending"]);
});

test("jobs of one group run one at a time, across runs", () => {
  const lab = new RunLab();
  const text = workflowOf({ build: {}, deploy: { needs: "build", concurrency: "production" } });
  lab.push(text);
  lab.push(text);
  lab.finish("build");
  lab.finish("build");
  expect(lab.table).toEqual(["build: success", "deploy: queued", "build: success", "deploy: pending"]);
  lab.finish("deploy");
  expect(lab.readyNames).toEqual(["deploy"]);
  lab.finish("deploy");

  expect(statuses(lab)).toEqual(["success", "success"]);
});

test("of three matrix jobs of one group the second gives way to the third", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { concurrency: "g", strategy: { "fail-fast": false, matrix: { v: [1, 2, 3] } } } }));

  expect(lab.table).toEqual(["a (1): queued", "a (2): cancelled", "a (3): pending"]);
  lab.finishAll();
  expect(lab.conclusion()).toBe("cancelled");
});

test("a job that asks for its own run's group is cancelled as a deadlock", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { concurrency: "G" } }, { concurrency: "g" }));

  expect(lab.table).toEqual(["a: cancelled"]);
  expect(lab.runs.problem(lab.runs.jobs()[0]?.id ?? "")).toBe(
    "Canceling since a deadlock for concurrency group 'G' was detected between 'top level workflow' and 'a'",
  );
});

test("a job that waits for its group and is cancelled frees the place", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: { concurrency: "g" } }));
  lab.push(workflowOf({ a: { concurrency: "g" } }));
  lab.take(lab.runs.cancelRun(2));
  lab.finish("a");

  expect(lab.table).toEqual(["a: success", "a: cancelled"]);
  expect(lab.readyNames).toEqual([]);
});

test("a group without a name fails the run", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {} }, { concurrency: "${{ github.head_ref }}" }));

  expect(statuses(lab)).toEqual(["failure"]);
  expect(lab.runs.run(1)?.problem).toContain("Concurrency group name cannot be empty");
});
