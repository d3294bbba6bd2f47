import { describe, expect, test } from "vitest";
import type { WorkflowJobs } from "../../model/broker/github-desk.ts";
import { RunnerLab } from "./testing/runner-lab.ts";

/** A runner with a job of a workflow file in its hands, and what the workflow engine heard of it. */
function runningWorkflowJob() {
  const groups: (string | undefined)[] = [];
  const steps: unknown[] = [];
  const workflowJobs: WorkflowJobs = {
    planId: () => "11111111-0000-4000-8000-000000000001",
    buildMessage: (_jobId, facts) => {
      groups.push(facts.runnerGroupName);
      // The lab reads no more of the message than these members.
      const endpoint = { authorization: { parameters: { AccessToken: facts.tokens.job } } };
      const message: unknown = {
        plan: { planId: "11111111-0000-4000-8000-000000000001" },
        resources: { endpoints: [endpoint] },
      };
      return message as ReturnType<WorkflowJobs["buildMessage"]>;
    },
    jobSteps: (jobId, reports) =>
      steps.push([jobId, reports.map(({ name, conclusion }) => `${name}: ${conclusion ?? "running"}`)]),
  };
  const lab = new RunnerLab({ workflowJobs });
  const runner = lab.register("r1").connect();
  const jobId = lab.queueJob(undefined, { fromWorkflow: true });
  runner.poll();
  return { job: runner.take(jobId), groups, steps };
}

describe("a job of a workflow file", () => {
  test("what its runner says about its steps reaches the workflow engine while the job runs", () => {
    const { job, steps } = runningWorkflowJob();
    const setUp = {
      external_id: "s1",
      number: 1,
      name: "Set up job",
      conclusion: 2,
      completed_at: "2026-11-21T02:00:01Z",
    };

    job.twirp("WorkflowStepsUpdate", { change_order: 1, steps: [setUp] });
    job.twirp("WorkflowStepsUpdate", {
      change_order: 2,
      steps: [{ external_id: "s2", number: 2, name: "Run make", conclusion: 0, started_at: "2026-11-21T02:00:01Z" }],
    });

    expect(steps).toEqual([
      [job.jobId, ["Set up job: success"]],
      [job.jobId, ["Set up job: success", "Run make: running"]],
    ]);
  });

  test("its message is written with the name of its runner's group", () => {
    expect(runningWorkflowJob().groups).toEqual(["Default"]);
  });
});
