import { expect, test } from "vitest";
import { clientSetup } from "../../test/scale-set/client-setup.ts";
import { answer, exception, never } from "../../test/scale-set/scripted-transport.ts";

test("C-19 giving up keeps the last answer's status, words and wish", async () => {
  const { client, clock, calls } = clientSetup({
    answers: () => answer(503, { message: "maintenance" }, { "retry-after": "2" }),
  });

  const failure = clock.run(client.getScaleSet(7, { signal: never }));

  await expect(failure).rejects.toMatchObject({
    kind: "RetriesExhausted",
    status: 503,
    serverMessage: "maintenance",
    retryAfterMs: 2_000,
  });
  await expect(failure).rejects.toThrow(
    /maintenance: GET https:\/\/service\.test\/tenant\/1\/_apis\S+ giving up after 5 attempt\(s\)$/,
  );
  expect(calls()).toHaveLength(5);
});

test("a repeated POST that meets its own first copy is told as what it met", async () => {
  const { client, clock } = clientSetup({
    answers: [new Error("connection reset"), exception(409, "TaskAgentExistsException", "A runner exists.")],
  });

  await expect(clock.run(client.generateJitConfig(7, { name: "r" }, { signal: never }))).rejects.toMatchObject({
    kind: "RunnerExists",
  });
});
