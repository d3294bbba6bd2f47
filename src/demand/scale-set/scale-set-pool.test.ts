import { beforeEach, describe, expect, test } from "vitest";
import { RunnerNameTakenError } from "../../core/ports/errors.ts";
import { GitHubAccess, type ScopeAccess } from "../../github/access.ts";
import { SystemClock } from "../../scale-set/node/system-clock.ts";
import { createGitHubApi } from "../../simulator/github/api/github-api.ts";
import { inProcessFront } from "../../simulator/github/in-process/in-process-front.ts";
import { GitHubModel } from "../../simulator/github/model/github-model.ts";
import { lightJitConfigs } from "../../world/github/light-jit-configs.ts";
import { createForgottenRegistry, poolsWithRegistrations } from "./forgotten-registry.ts";
import { PoolScaleSet } from "./pool-scale-set.ts";
import { createScaleSetRegistry } from "./scale-set-registry.ts";

const options = { signal: new AbortController().signal };
const clock = new SystemClock();
let model: GitHubModel;
let access: ScopeAccess;

beforeEach(() => {
  let state = 1;
  const next = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  model = new GitHubModel({ clock: { nowMs: () => Date.now() }, random: { next } });
  model.tenants.addRepository("acme/widgets");
  model.credentials.addPersonalToken("ghp_test");
  const { router } = createGitHubApi({ model, jitConfigs: lightJitConfigs });
  access = new GitHubAccess({
    githubUrl: "http://github.test",
    forceGhes: false,
    credentials: { main: { kind: "token", token: "ghp_test" } },
    transport: inProcessFront({ router }),
    clock,
    version: "test",
  }).at("acme/widgets", "main");
});

const wish = { name: "linux", labels: ["linux", "self-hosted"], runnerGroup: "Default" };
const labelsOf = (name: string) =>
  [...model.scaleSets.all()].find((scaleSet) => scaleSet.name === name)?.labels.map((label) => label.name);

describe("a pool's scale set", () => {
  test("is made under the pool's name with the pool's labels, once, however many ask", async () => {
    const scaleSet = new PoolScaleSet(access.client, wish);
    const ids = await Promise.all([scaleSet.id(options), scaleSet.id(options)]);
    expect(ids[0]).toBe(ids[1]);
    expect([...model.scaleSets.all()]).toHaveLength(1);
    expect(labelsOf("linux")).toEqual(["linux", "self-hosted"]);
  });

  test("that exists is taken as it is, and gets the labels of the configuration", async () => {
    const first = await new PoolScaleSet(access.client, wish).id(options);
    const again = new PoolScaleSet(access.client, { ...wish, labels: ["linux", "gpu"] });
    expect(await again.id(options)).toBe(first);
    expect(labelsOf("linux")).toEqual(["linux", "gpu"]);
  });

  test("F13 that vanished is made again once it is forgotten", async () => {
    const scaleSet = new PoolScaleSet(access.client, wish);
    const first = await scaleSet.id(options);
    for (const each of [...model.scaleSets.all()]) model.deleteScaleSet(each);
    scaleSet.forget();
    expect(await scaleSet.id(options)).not.toBe(first);
  });

  test("F21 that GitHub gave fewer labels says which are missing", async () => {
    const scaleSet = new PoolScaleSet(access.client, { ...wish, labels: ["linux", "GPU"] });
    expect(scaleSet.missingLabels).toEqual([]);
    await scaleSet.id(options);
    expect(scaleSet.missingLabels).toEqual([]);
    const forgetful: Pick<typeof access.client, "getScaleSetByName" | "updateScaleSet"> = {
      getScaleSetByName: (...call) => access.client.getScaleSetByName(...call),
      updateScaleSet: (id, settings, call) =>
        access.client.updateScaleSet(id, { ...settings, labels: settings.labels?.slice(0, 1) ?? [] }, call),
    };
    const shortened = new PoolScaleSet(forgetful as typeof access.client, { ...wish, labels: ["linux", "Large"] });
    await shortened.id(options);
    expect(shortened.missingLabels).toEqual(["Large"]);
  });

  test("in a runner group that does not exist is an error that names the group", async () => {
    const scaleSet = new PoolScaleSet(access.client, { ...wish, runnerGroup: "gpu-lab" });
    await expect(scaleSet.id(options)).rejects.toThrow(/gpu-lab/);
  });
});

describe("a pool's registrations", () => {
  const registryOf = (isOurs: (runner: string) => boolean = () => true) =>
    createScaleSetRegistry({
      client: access.client,
      scaleSet: new PoolScaleSet(access.client, wish),
      scopeRunners: access.runners,
      isOurs,
    });

  test("a registered name gives a credential, is listed, and is gone after its removal", async () => {
    const registry = registryOf();
    const { credential } = await registry.register("linux-a-1", options);
    expect(credential.encodedJitConfig).not.toBe("");
    expect((await registry.list(options)).registrations).toMatchObject([{ runner: "linux-a-1", online: false }]);
    expect(await registry.exists("linux-a-1", options)).toBe(true);
    expect(await registry.deregister("linux-a-1", options)).toBe("gone");
    expect(await registry.exists("linux-a-1", options)).toBe(false);
  });

  test("F24 a name that is taken is told apart from every other failure", async () => {
    const registry = registryOf();
    await registry.register("linux-a-1", options);
    await expect(registry.register("linux-a-1", options)).rejects.toBeInstanceOf(RunnerNameTakenError);
  });

  test("GitHub's refusal to remove a working runner is handed on; a name nobody knows is gone", async () => {
    const registry = registryOf();
    const { id } = await registry.register("linux-a-1", options);
    const [scaleSet] = [...model.scaleSets.all()];
    if (scaleSet === undefined) throw new Error("there is no scale set");
    const { token } = model.createSession(scaleSet, "test", "http://github.test");
    model.queueJob({
      jobId: "00000001-0000-4000-8000-000000000001",
      restJobId: 1,
      runId: 1,
      attempt: 1,
      repository: "acme/widgets",
      name: "build",
      labels: ["linux"],
      runnerGroup: undefined,
      workflowName: "ci",
      workflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
      event: "push",
      actor: "octocat",
      timeoutMinutes: 360,
      durationMs: undefined,
      fromWorkflow: false,
    });
    model.poll(token, 0, 1);
    model.connectRunner(id);
    model.takeJob(id, "00000001-0000-4000-8000-000000000001");

    expect(await registry.deregister("linux-a-1", options)).toBe("job-running");
    expect(await registry.deregister("linux-a-99", options)).toBe("gone");
  });

  test("a removal that fails is a failure: nobody is called gone because GitHub did not answer", async () => {
    const registry = createScaleSetRegistry({
      client: {
        getRunnerByName: () => Promise.resolve({ id: 7 }),
        deregisterRunner: () => Promise.reject(new Error("502 Bad Gateway")),
      } as unknown as typeof access.client,
      scaleSet: new PoolScaleSet(access.client, wish),
      scopeRunners: access.runners,
      isOurs: () => true,
    });
    await expect(registry.deregister("linux-a-1", options)).rejects.toThrow("502");
  });

  test("names of others in the same scope are not listed", async () => {
    await registryOf().register("linux-a-1", options);
    expect((await registryOf((runner) => runner !== "linux-a-1").list(options)).registrations).toEqual([]);
  });
});

describe("registrations of a pool that was removed from the configuration", () => {
  test("are found by their names, and removed at whichever scope knows them", async () => {
    const registry = createScaleSetRegistry({
      client: access.client,
      scaleSet: new PoolScaleSet(access.client, wish),
      scopeRunners: access.runners,
      isOurs: () => true,
    });
    await registry.register("linux-a-1", options);
    const poolOf = (runner: string) => runner.split("-")[0];
    expect(await poolsWithRegistrations([access], poolOf, options)).toEqual(["linux"]);
    const forgotten = createForgottenRegistry([access], (runner) => poolOf(runner) === "linux");
    expect((await forgotten.list(options)).registrations).toMatchObject([{ runner: "linux-a-1" }]);
    expect(await forgotten.deregister("linux-a-1", options)).toBe("gone");
  });

  test("are found and removed although another scope cannot be asked; nobody is called gone because of that", async () => {
    const no = () => Promise.reject(new Error("this scope's token was revoked"));
    const broken = { client: { getRunnerByName: no }, runners: { list: no } } as unknown as typeof access;
    const registry = createScaleSetRegistry({
      client: access.client,
      scaleSet: new PoolScaleSet(access.client, wish),
      scopeRunners: access.runners,
      isOurs: () => true,
    });
    await registry.register("linux-a-1", options);
    expect(await poolsWithRegistrations([broken, access], () => "linux", options)).toEqual(["linux"]);
    const forgotten = createForgottenRegistry([broken, access], () => true);
    expect(await forgotten.exists("linux-a-1", options)).toBe(true);
    expect(await forgotten.deregister("linux-a-1", options)).toBe("gone");
    await expect(forgotten.exists("linux-a-1", options)).rejects.toThrow("revoked");
    await expect(forgotten.deregister("linux-a-1", options)).rejects.toThrow("revoked");
  });

  test("that no known scope has are not taken for idle", async () => {
    const forgotten = createForgottenRegistry([access], () => true);
    expect(await forgotten.deregister("linux-a-1", options)).toBe("job-running");
  });
});
