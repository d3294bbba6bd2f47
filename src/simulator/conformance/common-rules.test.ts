import { afterEach, describe, expect, test } from "vitest";
import type { AdminClient } from "./lab-clients.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";

describe.each(bothFronts)("rules common to all calls over the %s front", (front) => {
  let lab: ServiceLab;
  afterEach(() => lab.close());
  const open = async (flavour: "dotcom" | "ghes" = "dotcom"): Promise<AdminClient> => {
    lab = await ServiceLab.open({ front, flavour });
    return lab.connect("acme");
  };

  test("S-11 repeated slashes in service paths mean nothing", async () => {
    const client = await open();
    const id = await client.scaleSet("linux");
    const authorization = `Bearer ${client.token}`;
    const path = `//rest//_apis///runtime/runnerscalesets/${id}?api-version=6.0-preview`;
    expect((await lab.send("GET", `${lab.url}${path}`, { authorization })).json.name).toBe("linux");
  });

  test("S-11 the service path of a flavour with tenants takes repeated slashes as well", async () => {
    const client = await open("ghes");
    expect(client.serviceUrl).toBe(`${lab.url}/tenant/1/`);
    const authorization = `Bearer ${client.token}`;
    expect(
      (await lab.send("GET", `${client.serviceUrl}/_apis/runtime/runnerscalesets`, { authorization })).status,
    ).toBe(200);
  });

  test("S-12 query parameters come in any order, and + and %20 are both a space", async () => {
    const client = await open();
    await client.scaleSet("my pool");
    for (const query of [
      "api-version=6.0-preview&name=my+pool&runnerGroupId=1",
      "runnerGroupId=1&name=my%20pool&api-version=6.0-preview",
    ]) {
      expect((await client.get(`/runnerscalesets?${query}`)).json.count, query).toBe(1);
    }
  });

  test("S-13 a missing, unknown, expired or foreign admin token gives 401 with a JSON body", async () => {
    const client = await open();
    const id = await client.scaleSet("linux");
    const url = `${lab.url}/rest/_apis/runtime/runnerscalesets/${id}`;
    const missing = await lab.send("GET", url, {});
    expect(missing.status).toBe(401);
    expect(missing.json.typeName).toContain("InvalidTokenException");
    expect(missing.headers["www-authenticate"]).toBe("Bearer");
    expect((await lab.send("GET", url, { authorization: "Bearer x.y.z" })).status).toBe(401);
    expect((await lab.send("GET", url, { authorization: `Basic ${client.token}` })).status).toBe(401);

    const foreign = await lab.connect("other/things");
    expect((await lab.send("GET", url, { authorization: `Bearer ${foreign.token}` })).status, "not its scale set").toBe(
      404,
    );
    lab.pass(3_600_000);
    expect((await lab.send("GET", url, { authorization: `Bearer ${client.token}` })).status).toBe(401);
  });

  test("S-13 a tenant's path refuses the token of another tenant", async () => {
    const client = await open("ghes");
    const foreign = await lab.connect("other/things");
    expect((await client.call("GET", "/runnerscalesets", undefined, foreign.token)).status).toBe(401);
  });

  test("S-14 a queue token is refused on admin calls and an admin token on queue calls", async () => {
    for (const flavour of ["dotcom", "ghes"] as const) {
      const client = await open(flavour);
      const id = await client.scaleSet("linux");
      const queue = await client.session(id);
      expect((await client.call("GET", `/runnerscalesets/${id}`, undefined, queue.token)).status).toBe(401);
      const queueToken = queue.token;
      queue.token = client.token;
      expect((await queue.poll()).status, "poll").toBe(401);
      expect((await queue.ack(1)).status, "ack").toBe(401);
      if (flavour === "ghes") expect((await queue.acquire([1])).status, "acquire").toBe(401);
      queue.token = queueToken;
      if (flavour === "dotcom") await lab.close();
    }
  });

  test("S-14 a queue token is good for the queue of its own tenant, scale set and session only", async () => {
    const client = await open("ghes");
    const queue = await client.session(await client.scaleSet("linux"));
    const own = queue.url;
    const stranger = "5d5b4a0f-3c1f-4a0a-9b9e-0a2c8f5d1e10";
    for (const foreign of [
      own.replace("/tenant/1/", "/tenant/2/"),
      own.replace("runnerscalesets/1/", "runnerscalesets/2/"),
      own.replace(queue.sessionId, stranger),
    ]) {
      expect(foreign).not.toBe(own);
      queue.url = foreign;
      expect((await queue.poll()).status, foreign).toBe(401);
    }
    queue.url = own;
    expect((await queue.ack(1)).status).toBe(204);
  });

  test("S-15 every answer has a request id of GitHub's shape, no two alike; ghes answers have an ActivityId", async () => {
    const client = await open("ghes");
    const ids = new Set<string>();
    const answers = [
      await lab.rest("GET", "/repos/acme/widgets"),
      await lab.rest("GET", "/nothing/here"),
      await client.get("/runnerscalesets"),
      await client.get("/runnerscalesets/77"),
      await client.call("GET", "/_apis/nothing"),
    ];
    for (const { headers } of answers) {
      expect(headers["x-github-request-id"]).toMatch(/^[0-9A-F]+(:[0-9A-F]+){4}$/);
      ids.add(headers["x-github-request-id"] ?? "");
    }
    expect(ids.size).toBe(answers.length);
    for (const answer of answers.slice(2, 4)) expect(answer.headers["activityid"]).toMatch(/^[0-9a-f-]{36}$/);
    await lab.close();
    const dotcom = await open("dotcom");
    expect((await dotcom.get("/runnerscalesets")).headers["activityid"]).toBeUndefined();
  });

  test("S-16 error bodies have typeName, typeKey and message, as JSON", async () => {
    const client = await open();
    const answer = await client.get("/runnerscalesets/77");
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.json).toMatchObject({
      typeName: "GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, GitHub.Actions.Runtime.WebApi",
      typeKey: "RunnerScaleSetNotFoundException",
      message: "No runner scale set found with identifier 77.",
    });
  });

  test("S-17 with a byte order mark and compression on, every call still carries its content", async () => {
    const client = await open();
    await lab.control("POST", "/faults", { fault: "gzip" });
    await lab.control("POST", "/faults", { fault: "bom" });
    const authorization = `Bearer ${client.token}`;
    const answer = await lab.send("GET", `${client.serviceUrl}/_apis/runtime/runnergroups`, {
      authorization,
      "accept-encoding": "gzip",
    });
    expect(answer.body.charCodeAt(0)).toBe(0xfeff);
    expect(answer.headers["content-encoding"]).toBe(front === "http" ? "gzip" : undefined);
    expect(answer.json.value[0].name).toBe("Default");
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    lab.queueJob();
    expect((await queue.poll()).json.messageType).toBe("RunnerScaleSetJobMessages");
  });

  test("S-18 204 and 202 have no body, and a 200 always has one", async () => {
    const client = await open();
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const polling = queue.poll();
    await lab.parked(1);
    lab.pass(50_000);
    const nothing = await polling;
    expect([nothing.status, nothing.body, nothing.headers["content-type"]]).toEqual([202, "", undefined]);
    const deleted = await client.call("DELETE", `/runnerscalesets/${id}`);
    expect([deleted.status, deleted.body]).toEqual([204, ""]);
    expect((await client.get("/runnerscalesets")).body).not.toBe("");
  });

  test("S-71 POST on a path with duplicate slashes is served directly, without a redirect", async () => {
    const client = await open();
    const answer = await lab.send(
      "POST",
      `${lab.url}/rest//_apis/runtime/runnerscalesets/`,
      { authorization: `Bearer ${client.token}` },
      JSON.stringify({ name: "linux" }),
    );
    expect([answer.status, answer.json.id]).toEqual([200, 1]);
  });
});
