import { expect, test } from "vitest";
import { clientSetup, sessionAnswer } from "../../test/scale-set/client-setup.ts";
import { answer, exception, never } from "../../test/scale-set/scripted-transport.ts";
import type { HttpResponse } from "./ports.ts";
import type { ServiceError } from "./service-error.ts";
import { type ServiceErrorKind } from "./service-error.ts";

const options = { signal: never };
const url = "https://service.test/tenant/1/_apis/runtime/runnerscalesets/7?api-version=6.0-preview";

async function failure(response: HttpResponse): Promise<ServiceError> {
  const { client, clock } = clientSetup({ answers: () => response });
  return (await clock.run(client.getScaleSet(7, options)).catch((error: unknown) => error)) as ServiceError;
}

test("C-13 a byte order mark in front of a success or an error is no part of it", async () => {
  const { client } = clientSetup({
    answers: [answer(200, '\uFEFF{"id":7,"name":"linux"}'), answer(404, '\uFEFF{"typeName":"T","message":"M"}')],
  });

  expect(await client.getScaleSet(7, options)).toMatchObject({ id: 7, name: "linux" });
  await expect(client.getScaleSet(7, options)).rejects.toMatchObject({ typeName: "T", serverMessage: "M" });
});

test.each(["RunnerSetting", "runnerSetting", "RUNNERSETTING"])("C-14 %s is read, whatever its case", async (name) => {
  const { client } = clientSetup({ answers: [answer(200, { ID: 7, [name]: { disableUpdate: true } })] });

  expect(await client.getScaleSet(7, options)).toMatchObject({ id: 7, disableUpdate: true });
});

test("C-15 an error without a body is unknown", async () => {
  expect((await failure(answer(404))).message).toBe(
    `request GET ${url} failed(status="404 Not Found"): unexpected status code: 404: unknown error`,
  );
});

test("C-15 plain text is repeated as it is, and never read as an exception", async () => {
  const body = '{"typeName":"AgentExistsException","message":"x"}';
  const error = await failure(answer(404, body, { "content-type": "text/plain; charset=utf-8" }));

  expect(error.message).toBe(`request GET ${url} failed(status="404 Not Found"): unexpected status code: 404: ${body}`);
  expect(error.kind).toBe("NotFound");
  expect(error.typeName).toBeUndefined();
});

test("C-15 a body that should be JSON and is not is quoted", async () => {
  const error = await failure(answer(400, '<html>"no"</html>'));

  expect(error.message).toMatch(/: failed to unmarshal error response body: "<html>\\"no\\"<\/html>"$/);
  expect(error.kind).toBe("BadRequest");
});

test("C-15 null is a JSON object without members", async () => {
  expect((await failure(answer(400, "null"))).message).toMatch(/: unexpected status code: 400: $/);
});

test("C-16 the ids by which GitHub's support finds a request are in the error", async () => {
  const headers = { activityid: "a-1", "x-github-request-id": "FDE7:1" };
  const error = await failure(answer(404, { typeName: "T", message: "M" }, headers));

  expect(error.message).toBe(
    `request GET ${url} failed(status="404 Not Found", activity_id="a-1", github_request_id="FDE7:1"): ` +
      "unexpected status code: 404: T: M",
  );
  expect(error).toMatchObject({ activityId: "a-1", githubRequestId: "FDE7:1", method: "GET", url, status: 404 });
});

const named: readonly [string, ServiceErrorKind, string][] = [
  ["TaskAgentExistsException", "RunnerExists", "runner exists"],
  ["TaskAgentNotFoundException", "RunnerNotFound", "runner not found"],
  ["TaskAgentJobStillRunningException", "JobStillRunning", "job still running"],
];
test.each(named.flatMap(([name, kind, text]) => [400, 404, 409].map((status) => [name, status, kind, text] as const)))(
  "C-17 %s at status %i is %s",
  async (name, status, kind, text) => {
    const error = await failure(exception(status, name, "details"));

    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(new RegExp(`: ${text}: details$`));
  },
);

test.each<[number, string, ServiceErrorKind]>([
  [404, "RunnerScaleSetNotFoundException", "ScaleSetNotFound"],
  [400, "RunnerScaleSetExistsException", "ScaleSetExists"],
  [409, "RunnerScaleSetSessionConflictException", "SessionConflict"],
  [400, "RunnerScaleSetSessionExpiredException", "SessionExpired"],
  [400, "Other", "BadRequest"],
  [403, "Other", "Forbidden"],
  [404, "Other", "NotFound"],
  [409, "Other", "Conflict"],
  [501, "Other", "UnexpectedStatus"],
])("an answer %i with %s is %s", async (status, name, kind) => {
  expect((await failure(exception(status, name, "m"))).kind).toBe(kind);
});

test("names are compared by case: another spelling is another exception", async () => {
  expect((await failure(exception(409, "agentexistsexception", "m"))).kind).toBe("Conflict");
});

test("C-18 401 on a queue call is an expired token whatever its body says", async () => {
  const { client } = clientSetup({
    answers: (request) =>
      request.url.includes("/sessions") ? sessionAnswer() : exception(401, "TaskAgentExistsException", "x"),
  });
  const session = await client.createMessageSession(7, { ownerName: "x" }, options);
  const expired = { kind: "MessageQueueTokenExpired", status: 401 };

  await expect(session.getMessage({ lastMessageId: 0, capacity: 1 }, options)).rejects.toMatchObject(expired);
  await expect(session.deleteMessage(1, options)).rejects.toMatchObject(expired);
  await expect(session.acquireJobs([1], options)).rejects.toMatchObject(expired);
  await expect(session.acquireJobs([1], options)).rejects.toThrow(/message queue token expired: \{"\$id"/);
});

test("an error prefixed with words keeps its kind and facts", async () => {
  const error = (await failure(exception(404, "RunnerScaleSetNotFoundException", "m"))).prefixed("failed to listen");

  expect(error).toMatchObject({ kind: "ScaleSetNotFound", status: 404, serverMessage: "m" });
  expect(error.message).toMatch(/^failed to listen: request GET /);
});

test("an exception that was wrapped once more as text is read all the same", async () => {
  const inner = JSON.stringify({ typeName: "GitHub.X.TaskAgentJobStillRunningException, GitHub.X", message: "busy" });
  const error = await failure(answer(400, JSON.stringify(inner)));
  expect([error.kind, error.serverMessage]).toEqual(["JobStillRunning", "busy"]);
  expect((await failure(answer(400, JSON.stringify("{broken")))).kind).toBe("BadRequest");
  expect((await failure(answer(400, JSON.stringify("only words")))).message).toContain("not a JSON object");
});
