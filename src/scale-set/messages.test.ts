import fc from "fast-check";
import { expect, test } from "vitest";
import { statistics } from "../../test/scale-set/client-setup.ts";
import { decodeMessage } from "./messages.ts";

const type = "RunnerScaleSetJobMessages";
const envelope = (body: unknown, more: object = {}) =>
  JSON.stringify({
    messageId: 100000001,
    messageType: type,
    body: typeof body === "string" ? body : JSON.stringify(body),
    statistics,
    ...more,
  });
const assigned = { messageType: "JobAssigned", runnerRequestId: 0, jobId: "bd59f43d-2e1a-567a-b5a4-c147b94d0766" };

test("C-36 a live message is read whole", () => {
  const message = decodeMessage(
    envelope([
      {
        ...assigned,
        repositoryName: "widgets",
        ownerName: "acme",
        workflowRunId: 30225287326,
        jobDisplayName: "build (24)",
        eventName: "workflow_dispatch",
        jobWorkflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
        requestLabels: ["linux"],
        queueTime: "2026-07-26T23:29:35.1234567Z",
        scaleSetAssignTime: "2026-07-27T01:29:36+02:00",
        runnerAssignTime: "0001-01-01T00:00:00Z",
        finishTime: null,
      },
    ]),
  );

  expect(message).toEqual({
    messageId: 100000001,
    statistics,
    problems: [],
    jobs: [
      {
        messageType: "JobAssigned",
        runnerRequestId: 0,
        repositoryName: "widgets",
        ownerName: "acme",
        jobId: assigned.jobId,
        jobWorkflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
        jobDisplayName: "build (24)",
        workflowRunId: 30225287326,
        eventName: "workflow_dispatch",
        requestLabels: ["linux"],
        queuedAtMs: Date.UTC(2026, 6, 26, 23, 29, 35, 123),
        scaleSetAssignedAtMs: Date.UTC(2026, 6, 26, 23, 29, 36),
        runnerAssignedAtMs: undefined,
        finishedAtMs: undefined,
      },
    ],
  });
});

test.each([
  ["an empty body", ""],
  ["a null body", null],
  ["a body of null", "null"],
  ["an empty list", "[]"],
])("C-36 %s holds no jobs", (_what, body) => {
  const message = decodeMessage(JSON.stringify({ messageId: 1, messageType: type, body, statistics }));

  expect(message).toEqual({ messageId: 1, statistics, jobs: [], problems: [] });
});

test("C-36 an absent body holds no jobs", () => {
  expect(decodeMessage(JSON.stringify({ messageId: 1, messageType: type, statistics })).jobs).toEqual([]);
});

test("C-36 unknown inner types are left out without a word, order is kept", () => {
  const message = decodeMessage(
    envelope([
      { messageType: "JobCompleted", jobId: "a", result: "Succeeded", runnerId: 9, runnerName: "r" },
      { messageType: "JobDreamt", jobId: 5 },
      { messageType: "JobStarted", jobId: "b", runnerId: null, runnerName: null },
      { messageType: "JobAvailable", jobId: "c", acquireJobUrl: "https://x" },
    ]),
  );

  expect(message.problems).toEqual([]);
  expect(message.jobs).toMatchObject([
    { messageType: "JobCompleted", jobId: "a", result: "succeeded", runnerId: 9, runnerName: "r" },
    { messageType: "JobStarted", jobId: "b", runnerId: 0, runnerName: "" },
    { messageType: "JobAvailable", jobId: "c", acquireJobUrl: "https://x" },
  ]);
});

test.each([
  ["a numeric job id", { ...assigned, jobId: 5 }, "job message 1: jobId is not a string"],
  ["a time without a zone", { ...assigned, queueTime: "0001-01-01T00:00:00" }, "job message 1: queueTime"],
  ["a number in words", { ...assigned, workflowRunId: "5" }, "job message 1: workflowRunId is not an integer"],
  ["a list in place of a job", [], "job message 1: the element is not an object"],
])("one element with %s costs only that element", (_what, broken, problem) => {
  const message = decodeMessage(envelope([assigned, broken, { ...assigned, jobId: "last" }]));

  expect(message.jobs.map((job) => job.jobId)).toEqual([assigned.jobId, "last"]);
  expect(message.problems).toHaveLength(1);
  expect(message.problems[0]).toContain(problem);
  expect(message.statistics).toEqual(statistics);
});

test.each([
  ["another envelope type", envelope([assigned], { messageType: "Other" }), "unsupported message type: Other"],
  ["a body that is no JSON", envelope("[{]"), "body: not valid JSON"],
  ["a body with something behind it", envelope("[] x"), "body: not valid JSON"],
  ["a body that is no list", envelope("{}"), "body: not a list"],
  [
    "a body that is no text",
    JSON.stringify({ messageId: 1, messageType: type, body: [], statistics }),
    "body is not a string",
  ],
])("a message with %s keeps its id and counts, so that it can be acknowledged", (_what, text, problem) => {
  const message = decodeMessage(text);

  expect(message).toMatchObject({ statistics, jobs: [] });
  expect(message.messageId).toBeGreaterThan(0);
  expect(message.problems.join()).toContain(problem);
});

test("missing or broken counts are a problem, not an error", () => {
  expect(decodeMessage(envelope([], { statistics: null }))).toMatchObject({
    statistics: undefined,
    problems: ["statistics: missing"],
  });
  expect(decodeMessage(envelope([assigned], { statistics: { totalAssignedJobs: "3" } }))).toMatchObject({
    statistics: undefined,
    jobs: [{ jobId: assigned.jobId }],
  });
});

test.each(["", "{", "[]", "5", "{}", '{"messageId":null}', '{"messageId":"5"}'])(
  "an envelope %j without an id is an error: it could not be acknowledged",
  (text) => {
    expect(() => decodeMessage(text)).toThrow();
  },
);

test("what follows the first JSON value of an answer is ignored", () => {
  expect(decodeMessage(`${envelope([{ ...assigned, jobDisplayName: 'a"}]\\' }])}\n{"x":1} trailing`)).toMatchObject({
    messageId: 100000001,
    problems: [],
  });
});

test("C-37 ids up to 2^53 - 1 survive", () => {
  const largest = Number.MAX_SAFE_INTEGER;
  const message = decodeMessage(
    envelope(`[{"messageType":"JobAvailable","runnerRequestId":${largest},"workflowRunId":${largest}}]`, {
      messageId: largest,
    }),
  );

  expect(message.messageId).toBe(largest);
  expect(message.jobs).toMatchObject([{ runnerRequestId: largest, workflowRunId: largest }]);
});

test.each(["9007199254740992", "9007199254740993", "9223372036854775807", "1e400"])(
  "C-37 %s is refused, not rounded",
  (digits) => {
    const message = decodeMessage(envelope(`[{"messageType":"JobAvailable","runnerRequestId":${digits}}]`));

    expect(message.jobs).toEqual([]);
    expect(message.problems).toEqual(["job message 0: runnerRequestId is not an integer within 2^53 - 1"]);
    expect(() => decodeMessage(`{"messageId":${digits},"messageType":"${type}"}`)).toThrow("within 2^53 - 1");
  },
);

test("whatever the elements are, reading a message with an id never fails", () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), fc.anything(), (elements, counts) => {
      const text = JSON.stringify({
        messageId: 3,
        messageType: type,
        body: JSON.stringify(elements),
        statistics: counts,
      });
      expect(decodeMessage(text).messageId).toBe(3);
    }),
    { numRuns: 300 },
  );
});
