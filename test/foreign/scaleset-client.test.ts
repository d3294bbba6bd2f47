import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ApiResponse } from "../../src/simulator/github/api/exchange.ts";
import { describeWithGo } from "./go-program.ts";
import { ScaleSetProgram } from "./scaleset-program.ts";
import { SimulatedGitHub } from "./simulated-github.ts";

/** The answer with the last character of one token in it changed: the signature holds no more. */
function tampered(member: string): (response: ApiResponse) => ApiResponse {
  return (response) => {
    const body = JSON.parse(response.body) as Record<string, string>;
    const token = body[member] ?? "";
    const wrong = token.slice(0, -2) + (token.endsWith("AA") ? "BB" : "AA");
    return { ...response, body: JSON.stringify({ ...body, [member]: wrong }) };
  };
}

describeWithGo("GitHub's own Go client", () => {
  let go: ScaleSetProgram;
  let github: SimulatedGitHub;
  let scaleSetCount = 0;

  beforeAll(async () => {
    go = await ScaleSetProgram.start();
  });
  afterAll(() => go.end());
  beforeEach(async () => {
    go.events.length = 0;
    github = await SimulatedGitHub.start();
    await go.open(github.url(), { token: github.simulator.token });
  });
  afterEach(() => github.close());

  async function flavour(name: "dotcom" | "ghes"): Promise<void> {
    await github.close();
    github = await SimulatedGitHub.start({ flavour: name });
    await go.open(github.url(), { token: github.simulator.token });
  }

  async function createScaleSet(): Promise<{ readonly id: number; readonly name: string }> {
    scaleSetCount += 1;
    return (await go.ask("createScaleSet", { scaleSet: { name: `pool-${scaleSetCount}`, runnerGroupId: 1 } })) as {
      id: number;
      name: string;
    };
  }

  async function openSession(): Promise<{ readonly id: number; readonly name: string }> {
    const scaleSet = await createScaleSet();
    await go.ask("openSession", { id: scaleSet.id, owner: "host-1" });
    return scaleSet;
  }

  /** Registers a runner through the client and plays it: it comes online and takes what is held out to it. */
  async function runnerTakesJob(scaleSetId: number, name: string): Promise<{ runnerId: number; jobId: string }> {
    const { runner } = (await go.ask("jit", { id: scaleSetId, name })) as { runner: { id: number } };
    github.model.connectRunner(runner.id);
    const jobId = github.model.offerFor(runner.id)?.spec.jobId;
    if (jobId === undefined) throw new Error(`Runner ${name} was offered no job.`);
    github.model.takeJob(runner.id, jobId);
    return { runnerId: runner.id, jobId };
  }

  test("S-01 an organization's URL leads it through both steps of the registration, below /api/v3", async () => {
    await go.open(github.url("acme"), { token: github.simulator.token });

    await createScaleSet();

    expect(github.paths.slice(0, 2)).toEqual([
      "/api/v3/orgs/acme/actions/runners/registration-token",
      "/api/v3/actions/runner-registration",
    ]);
  });

  test("S-01 an App gets its installation token first", async () => {
    await go.open(github.url("acme"), { app: github.addApp() });

    await createScaleSet();

    expect(github.paths.slice(0, 3)).toEqual([
      "/api/v3/app/installations/42/access_tokens",
      "/api/v3/orgs/acme/actions/runners/registration-token",
      "/api/v3/actions/runner-registration",
    ]);
  });

  test("S-02 repositories and enterprises have registration-token paths of their own; an unknown scope is 404", async () => {
    github.model.tenants.addEnterprise("big", ["acme"]);
    await createScaleSet();
    expect(github.paths[0]).toBe("/api/v3/repos/acme/widgets/actions/runners/registration-token");
    github.forgetCalls();
    await go.open(github.url("enterprises/big"), { token: github.simulator.token });
    await createScaleSet();
    expect(github.paths[0]).toBe("/api/v3/enterprises/big/actions/runners/registration-token");

    await go.open(github.url("acme/unknown"), { token: github.simulator.token });
    const { error } = await go.call("group", { name: "default" });

    expect(error).toContain("404 Not Found");
  });

  test("a URL that names no scope is refused before any request", async () => {
    const answer = await go.call("open", { configUrl: github.url("acme/widgets/settings"), token: "x" });

    expect(answer.kinds).toEqual(["InvalidGitHubConfigURL"]);
    expect(github.calls).toEqual([]);
  });

  test("S-08 a registration token that is not valid yet is tried again: three requests, then success", async () => {
    github.startFault({ fault: "registrationTokenNotYetValid", count: 2 });

    await createScaleSet();

    expect(github.countOf("registration.exchange")).toBe(3);
  });

  /** Every call of the client that needs no message, with what must come of it. */
  async function walk(): Promise<void> {
    expect(await go.ask("group", { name: "Default" })).toMatchObject({ id: 1, isDefaultGroup: true });
    expect((await go.call("group", { name: "no such" })).error).toContain("no runner group found");
    expect(await go.ask("scaleSetByName", { groupId: 1, name: "walk" })).toBeNull();
    const created = (await go.ask("createScaleSet", {
      scaleSet: { name: "walk", labels: [{ name: "walk" }, { name: "x64" }], RunnerSetting: { disableUpdate: true } },
    })) as { id: number; createdOn: string };
    expect(created).toMatchObject({
      name: "walk",
      runnerGroupId: 1,
      runnerGroupName: "Default",
      labels: [
        { type: "System", name: "walk" },
        { type: "System", name: "x64" },
      ],
      RunnerSetting: { disableUpdate: true },
    });
    expect(Date.parse(created.createdOn)).toBeGreaterThan(Date.now() - 60_000);
    const { id } = created;
    expect((await go.call("createScaleSet", { scaleSet: { name: "walk" } })).error).toContain("RunnerScaleSetExists");
    expect(await go.ask("scaleSetByName", { groupId: 1, name: "walk" })).toMatchObject({ id });
    expect(await go.ask("scaleSet", { id })).toMatchObject({ id, name: "walk" });
    expect(await go.ask("updateScaleSet", { id, scaleSet: { name: "walked" } })).toMatchObject({
      name: "walked",
      RunnerSetting: { disableUpdate: true },
    });
    expect((await go.call("scaleSet", { id: 9999 })).error).toContain("RunnerScaleSetNotFoundException");

    const jit = (await go.ask("jit", { id, name: "r1" })) as {
      runner: { id: number };
      encodedJITConfig: string;
    };
    const files = JSON.parse(Buffer.from(jit.encodedJITConfig, "base64").toString()) as Record<string, string>;
    expect(Object.keys(files).sort()).toEqual([".credentials", ".credentials_rsaparams", ".runner"]);
    const settings = JSON.parse(Buffer.from(files[".runner"] ?? "", "base64").toString()) as Record<string, string>;
    expect(settings["AgentId"]).toBe(String(jit.runner.id));
    expect(await go.ask("runner", { id: jit.runner.id })).toEqual({
      id: jit.runner.id,
      name: "r1",
      runnerScaleSetId: id,
    });
    expect(await go.ask("runnerByName", { name: "r1" })).toMatchObject({ id: jit.runner.id });
    expect(await go.ask("runnerByName", { name: "nobody" })).toBeNull();

    expect(await go.ask("openSession", { id, owner: "host-1" })).toMatchObject({
      ownerName: "host-1",
      runnerScaleSet: { id },
      statistics: { totalRegisteredRunners: 1, totalAssignedJobs: 0 },
    });
    expect(await go.ask("message", { capacity: 10 })).toBeNull();
    const jobId = github.queueJob({ labels: ["walk"] });
    const message = (await go.ask("message", { capacity: 10 })) as {
      MessageID: number;
      JobAssignedMessages: { jobId: string; requestLabels: string[] }[];
    };
    expect(message).toMatchObject({
      Statistics: { totalAssignedJobs: 1 },
      JobAssignedMessages: [{ jobId, ownerName: "acme", repositoryName: "widgets", requestLabels: ["walk"] }],
    });
    await go.ask("deleteMessage", { id: message.MessageID });
    await go.ask("removeRunner", { id: jit.runner.id });
    await go.ask("closeSession");
    await go.ask("deleteScaleSet", { id });
    expect((await go.call("scaleSet", { id })).error).toContain("RunnerScaleSetNotFoundException");
  }

  test("every call of the client works, and means what the client takes it to mean", () => walk());

  test.each(["bom", "gzip"])("S-17 with %s on every answer, every call still works", async (fault) => {
    github.startFault({ fault });

    await walk();
  });

  test("S-16 the three agent exceptions become the client's typed errors", async () => {
    const scaleSet = await openSession();
    await go.ask("jit", { id: scaleSet.id, name: "r1" });
    const exists = await go.call("jit", { id: scaleSet.id, name: "R1" });
    const unknown = await go.call("runner", { id: 424242 });
    const first = (await go.ask("runnerByName", { name: "r1" })) as { id: number };
    await go.ask("removeRunner", { id: first.id });
    github.queueJob({ labels: [scaleSet.name] });
    await go.ask("message", { capacity: 1 });
    const { runnerId } = await runnerTakesJob(scaleSet.id, "busy");

    const running = await go.call("removeRunner", { id: runnerId });

    expect(exists.kinds).toEqual(["RunnerExists"]);
    expect(unknown.kinds).toEqual(["RunnerNotFound"]);
    expect(running.kinds).toEqual(["JobStillRunning"]);
    expect(github.model.runners.find(runnerId)?.phase.kind).toBe("busy");
  });

  test("S-16 a refused queue token, refused again after its refresh, is MessageQueueTokenExpired", async () => {
    await openSession();
    github.startFault({ fault: "status", status: 401, body: "no", contentType: "text/plain", route: "queue.poll" });

    const answer = await go.call("message", { capacity: 1 });

    expect(answer.kinds).toEqual(["MessageQueueTokenExpired"]);
    expect(github.countOf("session.refresh")).toBe(1);
  });

  test("S-43 an expired queue token costs one refresh for each of get, delete and acquire", async () => {
    await flavour("ghes");
    const scaleSet = await openSession();
    github.queueJob({ labels: [scaleSet.name] });
    const steps: readonly (() => Promise<unknown>)[] = [
      () => go.ask("message", { capacity: 5 }),
      () => go.ask("deleteMessage", { id: 1 }),
      () => go.ask("acquire", { ids: [1] }),
    ];
    for (const [index, step] of steps.entries()) {
      github.startFault({ fault: "expireQueueTokenNow" });

      await step();

      expect(github.countOf("session.refresh")).toBe(index + 1);
    }
  });

  test("S-66 a session whose creation was answered into nothing is in the way of its own repetition: 409", async () => {
    const scaleSet = await createScaleSet();
    github.startFault({ fault: "commitThenDrop", route: "session.create", count: 1 });

    const { error } = await go.call("openSession", { id: scaleSet.id, owner: "host-1" });

    expect(error).toContain("409 Conflict");
    expect(error).toContain("RunnerScaleSetSessionConflictException");
    expect(github.countOf("session.create")).toBe(2);
  });

  test("S-72 a runner whose answer was lost exists: the repetition says so, and it is found by its name", async () => {
    const scaleSet = await createScaleSet();
    github.startFault({ fault: "commitThenDrop", route: "jit.generate", count: 1 });

    const lost = await go.call("jit", { id: scaleSet.id, name: "r1" });

    expect(lost.kinds).toEqual(["RunnerExists"]);
    expect(await go.ask("runnerByName", { name: "r1" })).toMatchObject({ runnerScaleSetId: scaleSet.id });
  });

  test("S-72 the id in a session's lost answer is the one that deletes it", async () => {
    const scaleSet = await createScaleSet();
    let sessionId = "";
    github.changeOnce("session.create", (response) => {
      sessionId = (JSON.parse(response.body) as { sessionId: string }).sessionId;
      return { ...response, status: 503 };
    });
    expect((await go.call("openSession", { id: scaleSet.id, owner: "host-1" })).error).toContain("409 Conflict");

    const held = [...github.model.scaleSets.all()].find((each) => each.id === scaleSet.id);
    if (held === undefined) throw new Error("the scale set is gone");
    github.model.deleteSession(held, sessionId);

    expect(await go.ask("openSession", { id: scaleSet.id, owner: "host-2" })).toMatchObject({ ownerName: "host-2" });
  });

  test("S-73 a tampered admin token is refused, and the client does not refresh it", async () => {
    github.changeOnce("registration.exchange", tampered("token"));

    const { error } = await go.call("group", { name: "default" });

    expect(error).toContain("401 Unauthorized");
    expect(github.countOf("registration.exchange")).toBe(1);
  });

  test("S-73 a tampered queue token is refused, refreshed once, and then the same session goes on", async () => {
    const scaleSet = await createScaleSet();
    github.changeOnce("session.create", tampered("messageQueueAccessToken"));
    const before = (await go.ask("openSession", { id: scaleSet.id, owner: "host-1" })) as Record<string, string>;

    expect(await go.ask("message", { capacity: 1 })).toBeNull();

    const after = (await go.ask("session")) as Record<string, string>;
    expect(github.countOf("session.refresh")).toBe(1);
    expect(after["sessionId"]).toBe(before["sessionId"]);
    expect(after["messageQueueAccessToken"]).not.toBe(before["messageQueueAccessToken"]);
  });

  test("S-55 on a server that offers jobs, what is acquired is assigned, and nothing asked is nothing won", async () => {
    await flavour("ghes");
    const scaleSet = await openSession();
    const jobId = github.queueJob({ labels: [scaleSet.name] });
    const offered = (await go.ask("message", { capacity: 5 })) as {
      MessageID: number;
      JobAvailableMessages: { runnerRequestId: number; jobId: string }[];
    };
    const [job] = offered.JobAvailableMessages;
    expect(job?.jobId).toBe(jobId);

    expect((await go.call("acquire", { ids: [] })).result ?? []).toEqual([]);
    expect((await go.call("acquire", { ids: null })).result ?? []).toEqual([]);
    expect(await go.ask("acquire", { ids: [job?.runnerRequestId, 4711] })).toEqual([job?.runnerRequestId]);

    expect(await go.ask("message", { lastMessageId: offered.MessageID, capacity: 5 })).toMatchObject({
      JobAssignedMessages: [{ jobId }],
      Statistics: { totalAssignedJobs: 1, totalAvailableJobs: 0 },
    });
  });

  test("S-69 an offer that was acked and never acquired is made again to the next session, and runs", async () => {
    await flavour("ghes");
    const scaleSet = await openSession();
    const jobId = github.queueJob({ labels: [scaleSet.name] });
    const first = (await go.ask("message", { capacity: 1 })) as { MessageID: number };
    await go.ask("deleteMessage", { id: first.MessageID });
    await go.ask("closeSession");

    await go.ask("openSession", { id: scaleSet.id, owner: "host-2" });
    const second = (await go.ask("message", { capacity: 1 })) as {
      MessageID: number;
      JobAvailableMessages: { runnerRequestId: number; jobId: string }[];
    };

    expect(second.MessageID).toBeGreaterThan(first.MessageID);
    expect(second.JobAvailableMessages).toMatchObject([{ jobId }]);
    await go.ask("acquire", { ids: [second.JobAvailableMessages[0]?.runnerRequestId] });
    expect(await runnerTakesJob(scaleSet.id, "r1")).toMatchObject({ jobId });
  });

  test.each(["dotcom", "ghes"] as const)(
    "S-70 its listener with capacity 2 and five jobs never sees more than two assigned (%s)",
    async (name) => {
      await flavour(name);
      const scaleSet = await openSession();
      const jobIds = Array.from({ length: 5 }, () => github.queueJob({ labels: [scaleSet.name] }));
      const ended = go.call("listen", { id: scaleSet.id, maxRunners: 2 });
      const ran: string[] = [];
      while (ran.length < jobIds.length) {
        await go.heard((event) => event.event === "desired" && event.count > 0);
        go.events.splice(0, go.events.length, ...go.events.filter((event) => event.event !== "desired"));
        const waiting = [...github.model.jobs.all()].filter((job) => job.phase.kind === "assigned");
        for (const _job of waiting) {
          const { runnerId, jobId } = await runnerTakesJob(scaleSet.id, `r${ran.length}`);
          github.model.finishJob(jobId, { conclusion: "success" });
          expect(github.model.runners.find(runnerId)).toBeUndefined();
          ran.push(jobId);
        }
      }
      await go.heard((event) => event.event === "completed" && event.job === ran.at(-1));
      await go.call("stopListening");

      expect((await ended).error).toContain("context canceled");
      expect(new Set(ran)).toEqual(new Set(jobIds));
      const assigned = go.events.map((event) => event.statistics?.totalAssignedJobs ?? 0);
      expect(Math.max(...assigned)).toBe(2);
      for (const jobId of jobIds) {
        expect(go.events.filter((event) => event.job === jobId).map((event) => event.event)).toEqual([
          "started",
          "completed",
        ]);
      }
    },
  );
});
