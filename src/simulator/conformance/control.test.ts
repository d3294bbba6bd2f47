import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { startSimulator } from "../start-simulator.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";
import { labKeys } from "./time-and-chance.ts";

describe.each(bothFronts)("the control interface over the %s front", (front) => {
  let lab: ServiceLab;
  afterEach(() => lab.close());

  test("truth shows every job and runner with their instants", async () => {
    lab = await ServiceLab.open({ front });
    const client = await lab.connect("acme");
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const queued = await lab.control("POST", "/jobs", { repository: "acme/widgets", labels: ["linux"], name: "build" });
    expect(queued.status).toBe(201);
    await queue.poll();
    lab.pass(1000);
    const runner = await lab.onlineRunner(client, id, "r1");
    lab.take(runner);
    lab.pass(1000);
    lab.model.finishJob(queued.json.id as string, {
      conclusion: "success",
      outputs: { digest: "abc" },
      steps: [{ name: "Run echo", conclusion: "success" }],
    });
    expect((await lab.control("GET", "/truth")).json).toEqual({
      jobs: [
        {
          id: queued.json.id,
          restJobId: queued.json.restJobId,
          run: queued.json.run,
          workflow: "build",
          name: "build",
          runsOn: ["linux"],
          status: "completed",
          conclusion: "success",
          runner: "r1",
          attempt: 1,
          steps: [{ name: "Run echo", conclusion: "success" }],
          outputs: { digest: "abc" },
          queuedAt: "2026-11-21T12:00:00.000Z",
          assignedAt: "2026-11-21T12:00:00.000Z",
          startedAt: "2026-11-21T12:00:01.000Z",
          completedAt: "2026-11-21T12:00:02.000Z",
        },
      ],
      runners: [
        { name: "r1", pool: "linux", registeredAt: "2026-11-21T12:00:01.000Z", goneAt: "2026-11-21T12:00:02.000Z" },
      ],
    });
    const log = await lab.control("GET", `/truth/jobs/${queued.json.restJobId}/log`);
    expect([log.status, log.headers["content-type"]]).toEqual([200, "text/plain; charset=utf-8"]);
    expect((await lab.control("GET", "/truth/jobs/4711/log")).status).toBe(404);
  });

  test("a push of a wrong workflow is refused with its place, and none of its jobs appears", async () => {
    lab = await ServiceLab.open({ front });
    const refused = await lab.control("POST", "/push", {
      files: [
        {
          path: ".github/workflows/ci.yml",
          text: "on: push\njobs:\n  a:\n    runs-on: linux\n    steps:\n      - uses: actions/checkout@v4\n",
        },
      ],
    });
    expect(refused.status).toBe(422);
    expect(refused.json.errors[0]).toMatchObject({ file: ".github/workflows/ci.yml", line: 6 });
    expect((await lab.control("GET", "/truth")).json.jobs).toEqual([]);
  });

  test("a run is cancelled and run again; what cannot be done says why", async () => {
    lab = await ServiceLab.open({ front });
    const pushed = await lab.control("POST", "/push", {
      files: [
        {
          path: ".github/workflows/ci.yml",
          text: "on: push\njobs:\n  a:\n    runs-on: linux\n    steps:\n      - run: echo\n",
        },
      ],
    });
    const run = pushed.json.runs[0].id as number;
    expect((await lab.control("POST", `/runs/${run}/rerun`)).status, "not over").toBe(409);
    expect((await lab.control("POST", `/runs/${run}/cancel`)).status).toBe(204);
    const again = await lab.control("POST", `/runs/${run}/cancel`);
    expect([again.status, again.json.error]).toEqual([409, expect.stringContaining("over already")]);
    expect((await lab.control("POST", `/runs/${run}/rerun-failed`)).status).toBe(204);
    expect((await lab.control("GET", "/truth")).json.jobs).toMatchObject([
      { attempt: 1, conclusion: "cancelled" },
      { attempt: 2, status: "queued" },
    ]);
    expect((await lab.control("POST", "/runs/4711/cancel")).status).toBe(404);
  });

  test("requests that cannot be understood are refused with what would be right", async () => {
    lab = await ServiceLab.open({ front });
    for (const [path, body, text] of [
      ["/jobs", { labels: [] }, "labels"],
      ["/jobs", { repository: "no/where", labels: ["x"] }, "no/where"],
      ["/push", { files: [] }, "files"],
      ["/push", { files: [{ path: 1 }] }, "path"],
      ["/faults", { fault: "F99" }, "F12"],
      ["/faults", { fault: "F12", forMs: -1 }, "forMs"],
      ["/faults", { fault: "F12", wieght: 1 }, "weight"],
      ["/faults", { fault: "F12", weight: "all" }, "number"],
    ] as const) {
      const refused = await lab.control("POST", path, body);
      expect([refused.status, refused.json.error], path).toEqual([400, expect.stringContaining(text)]);
    }
  });

  test("pages and foreign host names are refused", async () => {
    lab = await ServiceLab.open({ front });
    const url = `${lab.url}/_drover/truth`;
    expect((await lab.send("GET", url, { origin: "http://127.0.0.1:39001" })).status).toBe(403);
    expect((await lab.send("GET", url, { host: "rebound.example:39001" })).status).toBe(403);
    expect((await lab.send("GET", url, { host: "127.0.0.1.example.com" })).status).toBe(403);
    expect((await lab.send("GET", url, { host: "localhost:39001" })).status).toBe(200);
  });
});

describe("the HTTP front", () => {
  test("listens on loopback only, and says so", async () => {
    for (const listen of ["0.0.0.0:0", "192.168.1.1:80", ":4000"]) {
      await expect(startSimulator({ listen, keys: labKeys }), listen).rejects.toThrow(/loopback/);
    }
  });

  test("wants a port behind the host", async () => {
    for (const listen of ["127.0.0.1", "127.0.0.1:99999"]) {
      await expect(startSimulator({ listen, keys: labKeys }), listen).rejects.toThrow(/a port from 0 to 65535/);
    }
  });

  test("hands out URLs of the origin that the client used", async () => {
    const lab = await ServiceLab.open({ front: "http" });
    const host = `localhost:${new URL(lab.url).port}`;
    const { token } = (await lab.rest("POST", "/orgs/acme/actions/runners/registration-token")).json;
    const exchanged = await lab.send(
      "POST",
      `${lab.url}/actions/runner-registration`,
      { host, authorization: `RemoteAuth ${token}` },
      JSON.stringify({ url: `http://${host}/acme`, runner_event: "register" }),
    );
    expect(exchanged.json.url).toBe(`http://${host}/rest`);
    await lab.close();
  });

  test("a request that names the whole URL, as through a proxy, is answered in that origin", async () => {
    const lab = await ServiceLab.open({ front: "http" });
    const { token } = (await lab.rest("POST", "/orgs/acme/actions/runners/registration-token")).json;
    const body = JSON.stringify({ url: "http://sim.test/acme", runner_event: "register" });
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(lab.url).port), "127.0.0.1");
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("end", () => resolve(text));
      socket.on("error", reject);
      socket.write(
        `POST http://sim.test/api/v3/actions/runner-registration HTTP/1.1\r\nHost: sim.test\r\nAuthorization: RemoteAuth ${token}\r\n` +
          `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    expect(answer).toContain("http://sim.test/rest");
    await lab.close();
  });

  test("refuses a body that is too large and goes on serving", async () => {
    const lab = await ServiceLab.open({ front: "http" });
    const refused = await lab.send("POST", `${lab.url}/_drover/push`, {}, "x".repeat(16 * 1024 * 1024 + 1));
    expect(refused.status).toBe(413);
    expect((await lab.control("GET", "/truth")).status).toBe(200);
    await lab.close();
  });

  test("real time drives the model: a poll ends when its window does", async () => {
    const simulator = await startSimulator({ keys: labKeys, limits: { pollWindowMs: 20 } });
    const { model } = simulator;
    const tenant = model.tenants.at({ kind: "organization", owner: "acme" });
    const { token } = model.createSession(model.createScaleSet(tenant, { name: "linux" }), "host", simulator.url);
    const answer = await fetch(`${simulator.url}/scalesets/message`, {
      headers: { authorization: `Bearer ${token.token}` },
    });
    expect(answer.status).toBe(202);
    await simulator.close();
    await simulator.close();
  });
});
