import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { HttpFront } from "../../http/http-front.ts";
import { attachFeed } from "./feed-socket.ts";
import { type LabJob, RunnerLab } from "./testing/runner-lab.ts";

describe("the runner services on a real socket", () => {
  let lab: RunnerLab;
  let front: HttpFront;
  let closeFeed: () => void;

  beforeEach(async () => {
    lab = new RunnerLab();
    front = await lab.openFront();
    closeFeed = attachFeed(front.server, lab.services);
  });
  afterEach(async () => {
    closeFeed();
    lab.services.side.sessions.releaseAll();
    await front.close();
  });

  function feed(token: string, path = "/feed"): WebSocket {
    return new WebSocket(`${front.url.replace("http", "ws")}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  }

  function opened(socket: WebSocket): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
  }

  function runningJob(): LabJob {
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();
    return runner.take(jobId);
  }

  test("R-12 lines arrive while the job runs, in fragments too, and cutting the socket harms nothing", async () => {
    const job = runningJob();
    const socket = feed(job.token);
    await opened(socket);
    const text = JSON.stringify({ count: 1, value: ["hello"], stepId: "s", startLine: 1 });

    socket.send(text.slice(0, 10), { fin: false });
    socket.send(text.slice(10), { fin: true });
    await expect.poll(() => lab.services.side.log(job.jobId)).toContain("Z hello\n");
    socket.terminate();

    expect(job.renew().status).toBe(200);
    expect(job.complete().status).toBe(200);
  });

  test("R-12 a socket without the token of a job, or at another path, is refused", async () => {
    const job = runningJob();

    await expect(opened(feed("guess"))).rejects.toThrow("401");
    await expect(opened(feed(job.token, "/other"))).rejects.toThrow("404");
  });

  test("R-3 a refused exchange is 400 with a Content-Length", async () => {
    const response = await fetch(`${front.url}/oauth/token`, { method: "POST", body: "grant_type=none" });

    expect(response.status).toBe(400);
    const body = await response.text();
    expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(body)));
    expect(response.headers.get("transfer-encoding")).toBeNull();
  });

  test("R-1 a request through a proxy, with the whole URL as its target, is answered for the origin it names", async () => {
    const runner = lab.register("r1").connect();
    const jobId = lab.queueJob();
    runner.poll();
    const { port } = new URL(front.url);

    const answer = await new Promise<string>((resolve, reject) => {
      const call = request(
        {
          host: "127.0.0.1",
          port,
          method: "POST",
          path: "http://sim.test/acquirejob",
          headers: { host: "sim.test", authorization: `bearer ${runner.token}`, "transfer-encoding": "chunked" },
        },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => resolve(text));
        },
      );
      call.on("error", reject);
      call.end(JSON.stringify({ jobMessageId: jobId }));
    });

    expect((JSON.parse(answer) as { resources: { endpoints: { url: string }[] } }).resources.endpoints[0]?.url).toBe(
      "http://sim.test/",
    );
  });

  test("R-4 a client that hangs up on a parked poll leaves the job to the next one", async () => {
    const runner = lab.register("r1").connect();
    const target = `${front.url}/message?sessionId=${runner.sessionId}&status=Online`;
    const headers = { authorization: `Bearer ${runner.token}` };
    const gone = new AbortController();
    const parked = fetch(target, { headers, signal: gone.signal }).catch(() => "aborted");
    await expect.poll(() => runner.runner.phase.kind).toBe("online");
    gone.abort();
    expect(await parked).toBe("aborted");
    let answer = "";
    const next = fetch(target, { headers }).then(async (response) => (answer = await response.text()));

    // The server may not have noticed yet, and write the job to the dead socket; a second later it comes again.
    const jobId = lab.queueJob();

    await expect.poll(() => (lab.pass(1_000), answer)).toContain(jobId);
    await next;
  });
});
