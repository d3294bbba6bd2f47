import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clientSetup, sessionAnswer } from "../../test/scale-set/client-setup.ts";
import { answer, jwt, type Scripted } from "../../test/scale-set/scripted-transport.ts";
import { settle } from "../../test/scale-set/virtual-clock.ts";
import { SystemClock } from "./node/system-clock.ts";
import { NodeTransport } from "./node/transport.ts";
import { PatTokenSource } from "./pat-token.ts";
import type { HttpRequest } from "./ports.ts";
import { ScaleSetClient } from "./scale-set-client.ts";
import { isServiceError } from "./service-error.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
});

/** More turns than any of the calls below takes. */
const turnsMax = 40;

/** Every answer takes two turns, and the first of each kind asks for another attempt: waits, retries, renewals are on the way. */
function slowAnswers(): (request: HttpRequest) => Scripted {
  const seen = new Map<string, number>();
  return (request) => {
    const kind = `${request.method} ${request.url.split("?")[0]}`;
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    if (count === 1) return answer(503, "<html>busy</html>", { "content-type": "text/html" });
    if (kind.startsWith("POST") && kind.endsWith("/sessions")) return sessionAnswer();
    if (kind.startsWith("PATCH")) return sessionAnswer({ messageQueueAccessToken: "queue-token-2" });
    if (kind === "GET https://queue.test/scalesets/message") return count === 2 ? answer(401) : answer(202);
    if (kind.startsWith("GET") && count === 2) return answer(401, { message: "expired" });
    if (request.method === "DELETE") return answer(204);
    return answer(200, { count: 1, value: [8], runner: { id: 1, name: "r1" }, encodedJITConfig: "e30=" });
  };
}

const calls: readonly (readonly [string, (client: ScaleSetClient, signal: AbortSignal) => Promise<unknown>])[] = [
  ["a look-up", (client, signal) => client.getScaleSet(7, { signal })],
  ["a JIT configuration", (client, signal) => client.generateJitConfig(7, { name: "r1" }, { signal })],
  ["a removal", (client, signal) => client.deregisterRunner(7, { signal })],
  [
    "a session with a poll, an acquisition, an acknowledgement and its end",
    async (client, signal) => {
      const session = await client.createMessageSession(7, { ownerName: "host" }, { signal });
      await session.getMessage({ lastMessageId: 0, capacity: 1 }, { signal });
      await session.acquireJobs([8], { signal });
      await session.deleteMessage(1, { signal });
      await session.close({ signal });
    },
  ],
];

test.each(calls)(
  "%s that is aborted at any moment says so, and leaves no timer and no rejection behind",
  async (_what, call) => {
    const endings = new Set<string>();
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const script = slowAnswers();
      const { client, clock, transport } = clientSetup({ answers: script });
      const exchange = transport.script;
      transport.script = async (request, index) => {
        await nextTurn();
        const scripted = await exchange(request, index);
        await nextTurn();
        return scripted as Scripted;
      };
      const controller = new AbortController();
      const ending = call(client, controller.signal).then(
        () => "done",
        (error: unknown) => (isServiceError(error) ? error.kind : String(error)),
      );
      // A turn is one round of the event loop, or the end of the shortest wait when everybody waits.
      let over = false;
      void ending.finally(() => (over = true));
      for (let passed = 0; passed < turn && !over; passed += 1) {
        await nextTurn();
        if (clock.sleeps.length > 0 && passed % 4 === 3) await clock.advance(1_000);
      }
      controller.abort(new Error("enough"));
      endings.add(await ending);
      await settle();
      expect(clock.sleeperCount, `aborted in turn ${turn}`).toBe(0);
    }
    await settle();
    expect([...endings].filter((ending) => ending !== "done")).toEqual(["Aborted"]);
    expect(unhandled).toEqual([]);
  },
);

test("on real sockets an aborted call closes its connection, whatever the server was doing", async () => {
  const sockets = new Set<Socket>();
  let stage: "silent" | "head" | "drip" = "silent";
  const reached = { settle: () => undefined as void };
  const server = createServer((request, response) => {
    if (request.url?.endsWith("/registration-token")) {
      response.writeHead(201).end(JSON.stringify({ token: "registration" }));
    } else if (request.url?.endsWith("/runner-registration")) {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rest`;
      response.end(JSON.stringify({ url, token: jwt(Date.now() + 3_600_000) }));
    } else {
      if (stage !== "silent") response.writeHead(200, { "content-type": "application/json" });
      if (stage === "head") response.flushHeaders();
      if (stage === "drip") response.write('{"id":');
      reached.settle();
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const transport = new NodeTransport();
  try {
    const client = new ScaleSetClient({
      configUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme`,
      tokenSource: new PatTokenSource("ghp_1"),
      transport,
      clock: new SystemClock(),
      identity: { system: "drover" },
    });
    for (stage of ["silent", "head", "drip"] as const) {
      const controller = new AbortController();
      const arrived = new Promise<void>((resolve) => (reached.settle = resolve));
      const call = client.getScaleSet(7, { signal: controller.signal });
      await arrived;
      controller.abort();
      await expect(call, stage).rejects.toMatchObject({ kind: "Aborted" });
    }
    await transport.close();
    // Ends by the time limit of the test when one stays open.
    while (sockets.size > 0) await nextTurn();
    expect(unhandled).toEqual([]);
  } finally {
    await transport.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
