import { expect, test } from "vitest";
import { RunLab, workflowOf } from "./testing/run-lab.ts";

const steps = [
  { run: "\n  make\nmake test" },
  { id: "two", name: "Two ${{ github.ref }}", run: "x" },
  { uses: "./act" },
];
const action = { "act/action.yml": "runs: {using: composite, steps: [{run: 'true', shell: bash}]}" };

function startedLab() {
  const lab = new RunLab();
  lab.push({ ".github/workflows/ci.yml": workflowOf({ a: { steps } }), ...action });
  const job = lab.start("a");
  return { lab, job, ids: lab.message("a").steps.map((step) => step.id) };
}

test("steps are shown between Set up job and Complete job, known by their ids whatever a runner calls and numbers them", () => {
  const { lab, job, ids } = startedLab();
  lab.runs.jobCompleted(job.jobId, {
    conclusion: "failed",
    atMs: lab.nowMs,
    steps: [
      { name: "Set up Worker", conclusion: "succeeded" },
      { name: "Run make", conclusion: "succeeded", externalId: ids[0]?.toUpperCase(), number: 4 },
      { name: "Run ./act", conclusion: "skipped", externalId: ids[2], number: 6 },
      { name: "Two refs/heads/main", conclusion: "failed", externalId: ids[1], number: 5 },
      { name: "Post something", conclusion: "canceled", externalId: "other", number: 7 },
    ],
  });

  expect(lab.runs.jobs()[0]).toMatchObject({
    conclusion: "failure",
    steps: [
      { name: "Set up job", conclusion: "success" },
      { name: "Run make", conclusion: "success" },
      { name: "Two refs/heads/main", conclusion: "failure" },
      { name: "Run ./act", conclusion: "skipped" },
      { name: "Post something", conclusion: "cancelled" },
      { name: "Complete job", conclusion: "success" },
    ],
  });
});

test("a runner that gives no ids reports the steps of the file in their order", () => {
  const { lab, job } = startedLab();
  lab.runs.jobCompleted(job.jobId, {
    conclusion: "success",
    atMs: lab.nowMs,
    steps: [
      { name: "Set up job", conclusion: "success", number: 1 },
      { name: "Run make", conclusion: "success", number: 2 },
      { name: "Two", conclusion: "success", number: 3 },
      { name: "Run ./act", conclusion: "success", number: 4 },
      { name: "Complete job", conclusion: "success", number: 5 },
    ],
  });

  expect(lab.runs.jobs()[0]?.steps.map((step) => step.name)).toEqual([
    "Set up job",
    "Run make",
    "Two",
    "Run ./act",
    "Complete job",
  ]);
});

test("a step that the runner says nothing about was skipped, under the name the file gives it", () => {
  const { lab, job, ids } = startedLab();
  lab.runs.jobCompleted(job.jobId, {
    conclusion: "failure",
    atMs: lab.nowMs,
    steps: [{ name: "Run make", conclusion: "failure", externalId: ids[0] }],
  });

  expect(lab.runs.jobs()[0]?.steps).toEqual([
    { name: "Set up job", conclusion: "success" },
    { name: "Run make", conclusion: "failure" },
    { name: "Two ${{ github.ref }}", conclusion: "skipped" },
    { name: "Run ./act", conclusion: "skipped" },
    { name: "Complete job", conclusion: "success" },
  ]);
});

test("what was reported while the job ran stays when its end reports no steps", () => {
  const { lab, job, ids } = startedLab();
  lab.runs.jobSteps(job.jobId, [{ name: "Run make", conclusion: null, externalId: ids[0] }]);
  const soFar = [
    { name: "Set up job", conclusion: "success" },
    { name: "Run make", conclusion: null },
    { name: "Two ${{ github.ref }}", conclusion: null },
    { name: "Run ./act", conclusion: null },
  ];
  expect(lab.runs.jobs()[0]?.steps).toEqual(soFar);
  lab.runs.jobCompleted(job.jobId, { conclusion: "failure", atMs: lab.nowMs });

  expect(lab.runs.jobs()[0]?.steps).toEqual(soFar);
});

test("the runner's own steps have no conclusion before they are through", () => {
  const { lab, job } = startedLab();
  const shown = (setUp: string | null) => {
    lab.runs.jobSteps(job.jobId, [
      { name: "Set up job", conclusion: setUp, externalId: "s", number: 1 },
      { name: "Complete job", conclusion: null, externalId: "c", number: 9 },
    ]);
    return lab.runs.jobs()[0]?.steps.map(({ conclusion }) => conclusion);
  };

  expect(shown(null)).toEqual([null, null, null, null, null]);
  expect(shown("success")).toEqual(["success", null, null, null, null]);
});

test("a job that never began has no steps", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { if: "false" } }));
  lab.take(lab.runs.cancelRun(1));

  expect(lab.runs.jobs().map((job) => job.steps)).toEqual([[], []]);
});

test("the truth tells when each job was queued, assigned, started and completed", () => {
  const lab = new RunLab();
  lab.push(workflowOf({ a: {}, b: { if: "false" } }));
  const { jobId } = lab.ready[0] ?? { jobId: "" };
  lab.nowMs += 1_000;
  lab.runs.jobAssigned(jobId);
  expect(lab.runs.job(jobId)).toMatchObject({ status: "assigned", runner: null });
  lab.runs.jobUnassigned(jobId);
  expect(lab.runs.job(jobId)).toMatchObject({ status: "queued", assignedAt: null });
  lab.runs.jobAssigned(jobId);
  lab.nowMs += 1_000;
  lab.runs.jobStarted(jobId, { runner: "r1", atMs: lab.nowMs });
  lab.nowMs += 1_000;
  lab.runs.jobCompleted(jobId, { conclusion: "success", outputs: { o: "1" }, atMs: lab.nowMs });

  expect(lab.runs.jobs()).toEqual([
    {
      id: jobId,
      restJobId: 1,
      run: 1,
      workflow: "CI",
      name: "a",
      runsOn: ["linux"],
      status: "completed",
      conclusion: "success",
      runner: "r1",
      attempt: 1,
      steps: [],
      outputs: { o: "1" },
      queuedAt: "2026-03-01T12:00:00.000Z",
      assignedAt: "2026-03-01T12:00:01.000Z",
      startedAt: "2026-03-01T12:00:02.000Z",
      completedAt: "2026-03-01T12:00:03.000Z",
    },
    expect.objectContaining({ name: "b", queuedAt: null, startedAt: null, completedAt: "2026-03-01T12:00:00.000Z" }),
  ]);
  expect(lab.runs.job(1)).toEqual(lab.runs.job(jobId));
});
