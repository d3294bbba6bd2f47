import { inspect } from "node:util";
import { expect, test } from "vitest";
import { clientSetup, sessionAnswer } from "../../test/scale-set/client-setup.ts";
import { answer, never } from "../../test/scale-set/scripted-transport.ts";
import { settle } from "../../test/scale-set/virtual-clock.ts";
import type { HttpRequest, HttpResponse, Log } from "./ports.ts";
import { Listener } from "./listener.ts";

const options = { signal: never };
const secrets = ["ghp_personal_access_token", "registration-token-secret", "queue-token-1", "c2VjcmV0LWppdC1ibG9i"];

/** Everything a person could come to see of a value. */
function visible(value: unknown): string {
  return [inspect(value, { depth: 10, showHidden: true }), String(value), JSON.stringify(value)].join("\n");
}

// A hostile or careless server repeats what it was sent, in an error.
function echo({ method, url, headers, body }: HttpRequest): HttpResponse {
  const text = `refused ${method} ${url} ${headers["Authorization"]} ${body ?? ""}`;
  return answer(400, { typeName: text, message: text }, { "x-github-request-id": "A:1" });
}

test("C-42 a token that a server repeats in its error is hidden, at every step", async () => {
  for (const failing of ["registration-token", "runner-registration", "runnerscalesets/7?"]) {
    const { client, transport } = clientSetup({ answers: () => answer(200, {}) });
    const script = transport.script;
    transport.script = (request, index) => (request.url.includes(failing) ? echo(request) : script(request, index));

    const error: unknown = await client.getScaleSet(7, options).catch((failure: unknown) => failure);

    expect(error).toBeInstanceOf(Error);
    expect(visible(error)).toContain("refused");
    for (const secret of secrets) expect(visible(error)).not.toContain(secret);
    const used = transport.requests.at(-1)?.headers["Authorization"]?.split(" ")[1] ?? "";
    expect(visible(error)).not.toContain(used);
  }
});

test("C-42 the queue token is hidden in the queue's errors", async () => {
  const { client } = clientSetup({
    answers: (request) => (request.url.includes("/sessions") ? sessionAnswer() : echo(request)),
  });
  const session = await client.createMessageSession(7, { ownerName: "x" }, options);

  for (const call of [
    () => session.getMessage({ lastMessageId: 0, capacity: 1 }, options),
    () => session.deleteMessage(1, options),
    () => session.acquireJobs([1], options),
  ]) {
    const error: unknown = await call().catch((failure: unknown) => failure);
    expect(visible(error)).toContain("refused");
    expect(visible(error)).not.toContain("queue-token-1");
  }
  expect(visible(session)).not.toContain("queue-token-1");
  expect(visible(client)).not.toContain("ghp_personal_access_token");
});

test("C-42 a success that cannot be read keeps its secrets out of the error", async () => {
  const jit = "c2VjcmV0LWppdC1ibG9i";
  const { client } = clientSetup({
    answers: [
      answer(200, { encodedJITConfig: jit, runner: { id: "nine" } }),
      answer(200, `{"encodedJITConfig":"${jit}", broken`),
      answer(200, { sessionId: "no uuid", messageQueueAccessToken: "queue-token-1" }),
    ],
  });

  const errors: unknown[] = [
    await client.generateJitConfig(7, { name: "r" }, options).catch((failure: unknown) => failure),
    await client.generateJitConfig(7, { name: "r" }, options).catch((failure: unknown) => failure),
    await client.createMessageSession(7, { ownerName: "x" }, options).catch((failure: unknown) => failure),
  ];

  for (const error of errors) {
    expect(error).toMatchObject({ kind: "Decode" });
    for (const secret of secrets) expect(visible(error)).not.toContain(secret);
  }
});

test("C-42 nothing that a listener logs or reports holds a secret", async () => {
  const seen: unknown[] = [];
  const log: Log = (...entry) => void seen.push(entry);
  const { client, clock } = clientSetup({
    log,
    answers: (request) => {
      if (request.url.includes("/sessions")) return request.method === "DELETE" ? answer(204) : sessionAnswer();
      return echo(request);
    },
  });
  const handler = { capacity: () => 1, onStatistics: () => undefined, onMessage: () => undefined };
  const listener = new Listener({
    client,
    scaleSetId: 7,
    ownerName: "x",
    clock,
    log,
    handler: { ...handler, onState: (state) => void seen.push(state) },
  });
  const stop = new AbortController();
  const running = listener.run({ signal: stop.signal });
  await clock.advance(60_000);
  stop.abort();
  await settle();
  await running;

  expect(visible(seen)).toContain("refused");
  for (const secret of secrets) expect(visible(seen)).not.toContain(secret);
});
