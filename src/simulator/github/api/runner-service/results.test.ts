import { describe, expect, test } from "vitest";
import { type LabJob, RunnerLab } from "./testing/runner-lab.ts";
import { consoleOf } from "./live-console.ts";

const stepA = "aaaaaaaa-0000-4000-8000-000000000001";
const stepB = "bbbbbbbb-0000-4000-8000-000000000002";
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

let runnerCount = 0;

function running(lab = new RunnerLab()): { lab: RunnerLab; job: LabJob } {
  const runner = lab.register(`r${++runnerCount}`).connect();
  const jobId = lab.queueJob();
  runner.poll();
  return { lab, job: runner.take(jobId) };
}

function put(lab: RunnerLab, url: string, content: string | Uint8Array, query = ""): number {
  return lab.call("PUT", `${url}${query}`, { bytes: Buffer.from(content) }).status;
}

function stepLogUrl(job: LabJob, stepId = stepA): string {
  return job.twirp("GetStepLogsSignedBlobURL", { step_backend_id: stepId }).body.logs_url as string;
}

function jobLogUrl(job: LabJob): string {
  return job.twirp("GetJobLogsSignedBlobURL").body.logs_url as string;
}

describe("R-11 uploads", () => {
  test("R-11 addresses have a query already, the size limit is a string, and the plain storage type is named", () => {
    const { job } = running();

    expect(job.twirp("GetStepLogsSignedBlobURL", { step_backend_id: stepA }).body).toEqual({
      logs_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4000\/blob\/[^?]+\?sig=[0-9a-f]{32}$/) as string,
      blob_storage_type: "BLOB_STORAGE_TYPE_UNSPECIFIED",
      soft_size_limit: "10485760",
    });
    expect(job.twirp("GetJobLogsSignedBlobURL").body.logs_url).toContain("?sig=");
    expect(job.twirp("GetStepSummarySignedBlobURL", { step_backend_id: stepA }).body.summary_url).toContain("?sig=");
    expect(job.twirp("GetJobDiagLogsSignedBlobURL").body.diag_logs_url).toContain("?sig=");
    for (const method of ["CreateStepLogsMetadata", "CreateJobLogsMetadata", "CreateStepSummaryMetadata"]) {
      expect(job.twirp(method, { line_count: 1 }).body).toEqual({ ok: true });
    }
  });

  test("R-11 one shot, or created and appended: the text is the same", () => {
    const { lab, job } = running();
    put(lab, jobLogUrl(job), "one\ntwo\n");
    const once = lab.services.side.log(job.jobId);

    const other = running();
    const url = jobLogUrl(other.job);
    expect(put(other.lab, url, "")).toBe(201);
    expect(put(other.lab, url, "one\n", "&comp=appendblock")).toBe(201);
    expect(put(other.lab, url, "two\n", "&comp=appendblock&seal=true")).toBe(201);

    expect(once).toBe("one\ntwo\n");
    expect(other.lab.services.side.log(other.job.jobId)).toBe("one\ntwo\n");
  });

  test("R-11 creating again never truncates, and a sealed log still grows", () => {
    const { lab, job } = running();
    const url = jobLogUrl(job);
    put(lab, url, "");
    put(lab, url, "one\n", "&comp=appendblock&seal=true");

    put(lab, url, "");
    put(lab, url, "two\n", "&comp=appendblock");

    expect(lab.services.side.log(job.jobId)).toBe("one\ntwo\n");
  });

  test("R-11 the byte order mark of each block goes, and a character cut by the edge of a block is whole again", () => {
    const { lab, job } = running();
    const url = jobLogUrl(job);
    const text = Buffer.from("häuser\n");
    put(lab, url, Buffer.concat([byteOrderMark, text.subarray(0, 2)]), "&comp=appendblock");
    put(lab, url, Buffer.concat([byteOrderMark, text.subarray(2)]), "&comp=appendblock");

    expect(lab.services.side.log(job.jobId)).toBe("häuser\n");
  });

  test("R-11 uploads need the signature and no token; twirp needs the token of that job", () => {
    const { lab, job } = running();
    const url = jobLogUrl(job);
    const other = running(lab).job;

    expect(put(lab, url.replace(/sig=.*/, "sig=0"), "x")).toBe(403);
    expect(put(lab, url.replace(job.jobId, other.jobId), "x")).toBe(403);
    expect(other.twirp("GetJobLogsSignedBlobURL", { workflow_job_run_backend_id: job.jobId }).status).toBe(403);
    expect(lab.call("POST", "/twirp/results.services.receiver.Receiver/GetJobLogsSignedBlobURL").status).toBe(401);
    expect(lab.services.side.log(job.jobId)).toBeUndefined();
  });

  test("R-11 a blob beyond its bound is refused and keeps what it has", () => {
    const { lab, job } = running(new RunnerLab({ blobLimits: { blobMax: 8 } }));
    const url = jobLogUrl(job);
    put(lab, url, "12345\n", "&comp=appendblock");

    expect(put(lab, url, "67890\n", "&comp=appendblock")).toBe(413);

    expect(lab.services.side.log(job.jobId)).toBe("12345\n");
  });

  test("R-11 beyond the bound of all logs the job written to longest ago loses its own", () => {
    const lab = new RunnerLab({ blobLimits: { totalMax: 25 } });
    const jobs = [1, 2, 3].map(() => running(lab).job);
    for (const job of jobs) put(lab, jobLogUrl(job), "0123456789");

    const texts = jobs.map((job) => lab.services.side.log(job.jobId));

    expect(texts).toEqual([undefined, "0123456789", "0123456789"]);
  });

  test("R-11 a job with too many logs gets no further address; too many jobs drop the oldest", () => {
    const lab = new RunnerLab({ blobLimits: { jobBlobsMax: 2, jobsMax: 2 } });
    const jobs = [1, 2, 3].map(() => running(lab).job);
    for (const job of jobs) put(lab, jobLogUrl(job), "x");
    const last = jobs[2] as LabJob;
    stepLogUrl(last);

    expect(last.twirp("GetStepLogsSignedBlobURL", { step_backend_id: stepB }).status).toBe(429);
    expect(jobs.map((job) => lab.services.side.log(job.jobId))).toEqual([undefined, "x", "x"]);
  });

  test("R-11 a late upload, after the job is over, still counts", () => {
    const { lab, job } = running();
    job.complete();

    put(lab, jobLogUrl(job), "late\n");

    expect(lab.services.side.log(job.jobId)).toBe("late\n");
  });
});

describe("R-11 step states", () => {
  const base = { name: "Run one", number: 1, external_id: stepA, started_at: "2026-11-21T02:00:00Z" };

  test.each([
    ["the official runner's numbers", 3, 6],
    ["the other runner's numbers", 1, 3],
  ])("R-11 in progress and completed are understood in %s", (_who, inProgress, completed) => {
    const { lab, job } = running();
    job.twirp("WorkflowStepsUpdate", { change_order: 1, steps: [{ ...base, status: inProgress, conclusion: 0 }] });
    expect(lab.services.side.steps.steps(job.jobId)).toMatchObject([{ status: "in_progress", conclusion: null }]);

    job.twirp("WorkflowStepsUpdate", {
      change_order: 2,
      steps: [{ ...base, status: completed, conclusion: 2, completed_at: "2026-11-21T02:00:01Z" }],
    });

    expect(lab.services.side.steps.steps(job.jobId)).toEqual([
      {
        externalId: stepA,
        number: 1,
        name: "Run one",
        status: "completed",
        conclusion: "success",
        startedAt: "2026-11-21T02:00:00Z",
        completedAt: "2026-11-21T02:00:01Z",
      },
    ]);
  });

  test("R-11 an update that was overtaken changes nothing; other steps stay as they are", () => {
    const { lab, job } = running();
    const second = { ...base, external_id: stepB, number: 2, name: "Run two" };
    job.twirp("WorkflowStepsUpdate", { change_order: 5, steps: [{ ...base, conclusion: 3 }, second] });

    job.twirp("WorkflowStepsUpdate", { change_order: 4, steps: [{ ...base, conclusion: 0 }] });

    expect(lab.services.side.steps.steps(job.jobId)).toMatchObject([
      { name: "Run one", conclusion: "failure" },
      { name: "Run two", status: "in_progress" },
    ]);
  });
});

describe("R-11 the log of a job", () => {
  test("R-11 it is the job's log; else its steps' logs in their order, without the empty log under the job's own id", () => {
    const { lab, job } = running();
    put(lab, stepLogUrl(job, stepB), "second");
    put(lab, stepLogUrl(job, stepA), "first");
    put(lab, stepLogUrl(job, job.jobId), "");
    job.twirp("WorkflowStepsUpdate", {
      change_order: 1,
      steps: [
        { external_id: stepB, number: 2, name: "b", conclusion: 2 },
        { external_id: stepA, number: 1, name: "a", conclusion: 2 },
      ],
    });
    expect(lab.services.side.log(job.jobId)).toBe("first\nsecond\n");

    put(lab, jobLogUrl(job), "whole\n");

    expect(lab.services.side.log(job.jobId)).toBe("whole\n");
  });

  test("R-12 while the job runs its log is what the console said, each line with a time", () => {
    const { lab, job } = running();
    const hear = consoleOf(lab.services, job.token);
    job.twirp("WorkflowStepsUpdate", {
      change_order: 1,
      steps: [{ external_id: stepA, number: 1, name: "a", started_at: "2026-11-21T02:00:00Z" }],
    });

    hear?.(
      JSON.stringify({
        count: 2,
        value: ["hello", "2026-11-21T01:59:59.1234567Z stamped"],
        stepId: stepA,
        startLine: 1,
      }),
    );
    hear?.(JSON.stringify({ Count: 1, Value: ["from the other runner"], StepID: stepA, StartLine: 3 }));
    hear?.("not JSON");

    expect(lab.services.side.log(job.jobId)).toBe(
      "2026-11-21T02:00:00.0000000Z hello\n" +
        "2026-11-21T01:59:59.1234567Z stamped\n" +
        "2026-11-21T02:00:00.0000000Z from the other runner\n",
    );
  });

  test("R-12 only the token of a job opens its console", () => {
    const { lab } = running();

    expect(consoleOf(lab.services, "guess")).toBeUndefined();
  });
});
