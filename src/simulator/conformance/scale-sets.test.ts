import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AdminClient } from "./lab-clients.ts";
import { bothFronts, ServiceLab } from "./service-lab.ts";

describe.each(bothFronts)("scale sets, groups and runners over the %s front", (front) => {
  let lab: ServiceLab;
  let client: AdminClient;
  beforeEach(async () => {
    lab = await ServiceLab.open({ front });
    client = await lab.connect("acme");
  });
  afterEach(() => lab.close());

  const secondGroup = (name = "builders") => {
    const tenant = lab.model.tenants.at({ kind: "organization", owner: "acme" });
    return lab.model.tenants.addRunnerGroup(tenant, name).id;
  };

  test("S-19 group 1 is found as Default and default; an unknown name finds nothing", async () => {
    for (const name of ["Default", "default"]) {
      const answer = await client.get(`/runnergroups/?api-version=6.0-preview&groupName=${name}`);
      expect([answer.status, answer.json.count]).toEqual([200, 1]);
      expect(answer.json.value[0]).toEqual({ id: 1, name: "Default", size: 0, isDefaultGroup: true });
    }
    const unknown = await client.get("/runnergroups/?groupName=nobody");
    expect([unknown.status, unknown.json]).toEqual([200, { count: 0, value: [] }]);
  });

  test("S-20 the group path answers with and without its trailing slash", async () => {
    expect((await client.get("/runnergroups/?groupName=Default")).json.count).toBe(1);
    expect((await client.get("/runnergroups?groupName=Default")).json.count).toBe(1);
  });

  test("S-21 create answers 200 with ids, instants, group name and the setting", async () => {
    const answer = await client.post("/runnerscalesets", {
      name: "a<b",
      runnerGroupId: 1,
      labels: [
        { type: "System", name: "a<b" },
        { type: "", name: "gpu" },
      ],
      RunnerSetting: { disableUpdate: true },
      createdOn: "0001-01-01T00:00:00Z",
      id: 99,
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id: 1,
      name: "a<b",
      runnerGroupId: 1,
      runnerGroupName: "Default",
      createdOn: "2026-11-21T12:00:00.000Z",
      status: "offline",
      enabled: true,
      runnerSetting: { disableUpdate: true, ephemeral: true },
      labels: [
        { id: 1, type: "System", name: "a<b" },
        { id: 2, type: "System", name: "gpu" },
      ],
      runnerJitConfigUrl: `${lab.url}/rest/_apis/runtime/runnerscalesets/1/generatejitconfig`,
    });
    expect((await client.post("/runnerscalesets", { name: "" })).status, "a name is needed").toBe(400);
    expect((await client.post("/runnerscalesets", { name: "x", runnerGroupId: 9 })).status, "unknown group").toBe(400);
  });

  test("S-22 the setting is read under any capitalisation", async () => {
    for (const [name, member] of [
      ["one", "RunnerSetting"],
      ["two", "runnerSetting"],
    ] as const) {
      const answer = await client.post("/runnerscalesets", { name, [member]: { disableUpdate: true } });
      expect(answer.json.runnerSetting.disableUpdate, member).toBe(true);
    }
    expect((await client.post("/runnerscalesets", { name: "none" })).json.runnerSetting.disableUpdate).toBe(false);
  });

  test("S-23 a name is taken once per group, ignoring case", async () => {
    const group = secondGroup();
    await client.scaleSet("linux");
    const taken = await client.post("/runnerscalesets", { name: "LINUX" });
    expect([taken.status, taken.json.typeKey]).toEqual([400, "RunnerScaleSetExistsException"]);
    expect((await client.post("/runnerscalesets", { name: "linux", runnerGroupId: group })).status).toBe(200);
  });

  test("S-24 the same labels under another name are accepted", async () => {
    await client.scaleSet("one", ["linux", "gpu"]);
    expect(
      (await client.post("/runnerscalesets", { name: "two", labels: [{ type: "System", name: "linux" }] })).status,
    ).toBe(200);
  });

  test("S-25 find filters by name and by group, each by itself, and count is the length of the list", async () => {
    const group = secondGroup();
    await client.scaleSet("linux");
    await client.scaleSet("linux", ["linux"], { runnerGroupId: group });
    await client.scaleSet("windows");
    for (const [query, count] of [
      ["", 3],
      ["name=linux", 2],
      ["name=linux&runnerGroupId=1", 1],
      [`name=Linux&runnerGroupId=${group}`, 1],
      ["runnerGroupId=1", 2],
      ["name=nobody&runnerGroupId=1", 0],
    ] as const) {
      const { json } = await client.get(`/runnerscalesets?${query}`);
      expect([json.count, json.value.length], query).toEqual([count, count]);
    }
  });

  test("S-26 everything below an unknown scale set gives 404 with its number", async () => {
    const calls: readonly (readonly [string, string, unknown?])[] = [
      ["GET", "/runnerscalesets/77"],
      ["PATCH", "/runnerscalesets/77", { name: "x" }],
      ["DELETE", "/runnerscalesets/77"],
      ["POST", "/runnerscalesets/77/sessions", {}],
      ["PATCH", "/runnerscalesets/77/sessions/5d5b4a0f-3c1f-4a0a-9b9e-0a2c8f5d1e10"],
      ["DELETE", "/runnerscalesets/77/sessions/5d5b4a0f-3c1f-4a0a-9b9e-0a2c8f5d1e10"],
      ["POST", "/runnerscalesets/77/generatejitconfig", { name: "r" }],
      ["GET", "/runnerscalesets/77/acquirablejobs"],
    ];
    for (const [method, path, body] of calls) {
      const answer = await client.call(method, path, body);
      expect([answer.status, answer.json.typeKey], path).toEqual([404, "RunnerScaleSetNotFoundException"]);
      expect(answer.json.message).toBe("No runner scale set found with identifier 77.");
    }
  });

  test("S-27 PATCH with a group and empty members changes the group alone", async () => {
    const group = secondGroup();
    const id = await client.scaleSet("linux", ["linux", "gpu"], { RunnerSetting: { disableUpdate: true } });
    const before = (await client.get(`/runnerscalesets/${id}`)).json;
    lab.pass(1000);
    const answer = await client.call("PATCH", `/runnerscalesets/${id}`, {
      runnerGroupId: group,
      RunnerSetting: {},
      createdOn: "0001-01-01T00:00:00Z",
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      ...before,
      runnerGroupId: group,
      runnerGroupName: "builders",
      runnerSetting: { ...before.runnerSetting, runnerGroupId: group },
    });
  });

  test("S-28 PATCH with a name changes the name alone; a taken one gives 400 and changes nothing", async () => {
    const id = await client.scaleSet("linux");
    await client.scaleSet("taken");
    const renamed = await client.call("PATCH", `/runnerscalesets/${id}`, { name: "x", RunnerSetting: {} });
    expect(renamed.json).toMatchObject({ id, name: "x", runnerGroupId: 1, labels: [{ name: "linux" }] });
    const refused = await client.call("PATCH", `/runnerscalesets/${id}`, {
      name: "taken",
      RunnerSetting: { disableUpdate: true },
    });
    expect([refused.status, refused.json.typeKey]).toEqual([400, "RunnerScaleSetExistsException"]);
    expect((await client.get(`/runnerscalesets/${id}`)).json).toMatchObject({
      name: "x",
      runnerSetting: { disableUpdate: false },
    });
    const cleared = await client.call("PATCH", `/runnerscalesets/${id}`, { RunnerSetting: { disableUpdate: false } });
    expect(cleared.json.runnerSetting.disableUpdate).toBe(false);
  });

  test("S-29 delete gives 204, then 404, and the name is free again under a new number", async () => {
    const id = await client.scaleSet("linux");
    expect((await client.call("DELETE", `/runnerscalesets/${id}`)).status).toBe(204);
    expect((await client.get(`/runnerscalesets/${id}`)).status).toBe(404);
    expect(await client.scaleSet("linux")).toBeGreaterThan(id);
  });

  test("S-30 a JIT configuration registers an offline runner and decodes to the three files", async () => {
    const id = await client.scaleSet("linux");
    const answer = await client.post(`/runnerscalesets/${id}/generatejitconfig`, { name: "r1", workFolder: "" });
    expect(answer.status).toBe(200);
    expect(answer.json.runner).toMatchObject({
      id: 1,
      name: "r1",
      runnerScaleSetId: id,
      status: "offline",
      ephemeral: true,
    });
    const files = JSON.parse(Buffer.from(answer.json.encodedJITConfig as string, "base64").toString()) as Record<
      string,
      string
    >;
    expect(Object.keys(files)).toEqual([".runner", ".credentials", ".credentials_rsaparams"]);
    const settings = JSON.parse(Buffer.from(files[".runner"] ?? "", "base64").toString()) as Record<string, string>;
    expect(settings).toMatchObject({ AgentId: "1", AgentName: "r1", WorkFolder: "_work" });
    const { statistics } = (await client.get(`/runnerscalesets/${id}`)).json;
    expect(statistics).toMatchObject({ totalRegisteredRunners: 1, totalIdleRunners: 0, totalBusyRunners: 0 });
  });

  test("S-31 a name that is taken in the tenant gives 409, under another scale set too", async () => {
    const one = await client.scaleSet("one");
    const two = await client.scaleSet("two");
    await client.post(`/runnerscalesets/${one}/generatejitconfig`, { name: "r1", workFolder: "" });
    for (const id of [one, two]) {
      const taken = await client.post(`/runnerscalesets/${id}/generatejitconfig`, { name: "R1", workFolder: "" });
      expect(taken.status).toBe(409);
      expect(taken.json.typeName).toContain("AgentExistsException");
    }
    const elsewhere = await lab.connect("other/things");
    const there = await elsewhere.scaleSet("one");
    expect((await elsewhere.post(`/runnerscalesets/${there}/generatejitconfig`, { name: "r1" })).status).toBe(200);
  });

  const agents = "/_apis/distributedtask/pools/0/agents";

  test("S-32 a runner is the same by number and by name; unknown ones give 404 and an empty list", async () => {
    const id = await client.scaleSet("linux");
    const { runner } = (await client.post(`/runnerscalesets/${id}/generatejitconfig`, { name: "r1" })).json;
    const byId = await client.get(`${agents}/${runner.id}`);
    const byName = await client.get(`${agents}?agentName=r1&api-version=6.0-preview`);
    expect(byName.json).toEqual({ count: 1, value: [byId.json] });
    expect((await client.get(agents)).json.count, "without a name, all").toBe(1);
    const unknown = await client.get(`${agents}/77`);
    expect([unknown.status, unknown.json.typeKey]).toEqual([404, "TaskAgentNotFoundException"]);
    expect((await client.get(`${agents}?agentName=nobody`)).json).toEqual({ count: 0, value: [] });
  });

  test("S-33 an idle runner that is removed gets no job, even one that was held out to it", async () => {
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const first = await lab.onlineRunner(client, id, "r1");
    lab.queueJob();
    await queue.poll();
    expect(lab.model.offerFor(first.id)).toBeDefined();
    expect((await client.call("DELETE", `${agents}/${first.id}`)).status).toBe(204);
    expect(() => lab.take(first)).toThrow("No runner found");
    const second = await lab.onlineRunner(client, id, "r2");
    expect(lab.take(second).phase.kind).toBe("running");
  });

  test("S-34 a busy runner is not removed, and its job goes on", async () => {
    const id = await client.scaleSet("linux");
    const queue = await client.session(id);
    const runner = await lab.onlineRunner(client, id, "r1");
    const job = lab.queueJob();
    await queue.poll();
    lab.take(runner);
    const refused = await client.call("DELETE", `${agents}/${runner.id}`);
    expect([refused.status, refused.json.typeKey]).toEqual([400, "TaskAgentJobStillRunningException"]);
    expect(lab.model.renewJob(job.spec.jobId)).toBe(lab.clock.nowMs() + 600_000);
  });

  test("S-35 removing an unknown runner is confirmed, or 404 under the switch", async () => {
    expect((await client.call("DELETE", `${agents}/77`)).status).toBe(204);
    expect((await client.call("DELETE", `${agents}/0`)).status).toBe(204);
    await lab.control("POST", "/faults", { fault: "removeRunnerNotFound404" });
    const refused = await client.call("DELETE", `${agents}/77`);
    expect([refused.status, refused.json.typeKey]).toEqual([404, "TaskAgentNotFoundException"]);
    await lab.control("DELETE", "/faults?fault=removeRunnerNotFound404");
    expect((await client.call("DELETE", `${agents}/77`)).status).toBe(204);
  });

  test("S-36 a server without custom labels keeps the name as the only label, without a word", async () => {
    await lab.close();
    lab = await ServiceLab.open({ front, flavour: "ghes", flavourChanges: { customLabels: false } });
    client = await lab.connect("acme");
    const answer = await client.post("/runnerscalesets", {
      name: "linux",
      labels: [
        { type: "System", name: "gpu" },
        { type: "System", name: "big" },
      ],
    });
    expect([answer.status, answer.json.labels]).toEqual([200, [{ id: 1, type: "System", name: "linux" }]]);
  });
});
