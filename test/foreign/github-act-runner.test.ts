import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ActRunner } from "./act-runner.ts";
import { buildGoProgram, describeWithGo } from "./go-program.ts";
import { ScaleSetProgram } from "./scaleset-program.ts";
import { SimulatedGitHub } from "./simulated-github.ts";

interface JobTruth {
  readonly id: string;
  readonly run: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly runner: string | null;
  readonly steps: readonly { readonly name: string; readonly conclusion: string }[];
  readonly outputs: Readonly<Record<string, string>>;
}

describeWithGo("github-act-runner, an independent runner", () => {
  let go: ScaleSetProgram;
  let github: SimulatedGitHub;
  let runner: ActRunner | undefined;
  let scaleSetId = 0;

  beforeAll(async () => {
    await buildGoProgram("github-act-runner", "github.com/ChristopherHX/github-act-runner");
    go = await ScaleSetProgram.start();
  });
  afterAll(() => go.end());
  beforeEach(async () => {
    go.events.length = 0;
    github = await SimulatedGitHub.start({ limits: { pollWindowMs: 2_000 } });
    await go.open(github.url(), { token: github.simulator.token });
    scaleSetId = ((await go.ask("createScaleSet", { scaleSet: { name: "foreign" } })) as { id: number }).id;
    await go.ask("openSession", { id: scaleSetId, owner: "host-1" });
    void go.call("listen", { id: scaleSetId, maxRunners: 1 });
  });
  afterEach(async () => {
    await runner?.end();
    runner = undefined;
    await go.call("stopListening");
    await go.call("closeSession");
    await github.close();
  });

  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${github.simulator.url}/_drover/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as T;
  }

  /** Pushes a workflow with one job, made of these lines. */
  async function push(...jobLines: readonly string[]): Promise<void> {
    const text = ["name: ci", "on: push", "jobs:", "  build:", "    runs-on: foreign", ...jobLines, ""].join("\n");
    await control("POST", "push", { event: "push", files: [{ path: ".github/workflows/ci.yml", text }] });
  }

  async function job(): Promise<JobTruth> {
    const { jobs } = await control<{ jobs: JobTruth[] }>("GET", "truth");
    expect(jobs).toHaveLength(1);
    return jobs[0] as JobTruth;
  }

  async function log(): Promise<string> {
    return control("GET", `truth/jobs/${(await job()).id}/log`);
  }

  async function startRunner(): Promise<ActRunner> {
    const jit = (await go.ask("jit", { id: scaleSetId, name: "act-1" })) as { encodedJITConfig: string };
    runner = await ActRunner.start(jit.encodedJITConfig);
    return runner;
  }

  test("R-2 R-6 R-10 R-11 it takes a job from its JIT configuration, runs the steps, uploads the log, and is gone", async () => {
    await push(
      "    outputs:",
      "      answer: ${{ steps.compute.outputs.answer }}",
      "    env:",
      "      GREETING: hello",
      "    steps:",
      "      - run: |",
      '          echo "$GREETING from ${{ github.repository }} in $RUNNER_OS"',
      "      - id: compute",
      "        name: Compute",
      "        run: echo answer=42 >> $GITHUB_OUTPUT",
      "      - run: test ${{ steps.compute.outputs.answer }} = 42",
    );

    const code = await (await startRunner()).exited;

    expect(code, runner?.output).toBe(0);
    expect(await job()).toMatchObject({
      status: "completed",
      conclusion: "success",
      runner: "act-1",
      outputs: { answer: "42" },
    });
    const steps = (await job()).steps.map((step) => [step.name, step.conclusion]);
    expect(steps).toContainEqual(["Compute", "success"]);
    expect(steps.filter(([, conclusion]) => conclusion !== "success")).toEqual([]);
    expect(await log()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z .*hello from acme\/widgets in Linux$/m);
    expect(github.model.runners.find(1)).toBeUndefined();
    expect(await go.heard((event) => event.event === "started")).toMatchObject({ runner: "act-1" });
    expect(await go.heard((event) => event.event === "completed")).toMatchObject({
      runner: "act-1",
      result: "succeeded",
    });
  });

  test("R-6 a job without a workflow file runs its script", async () => {
    await control("POST", "jobs", { labels: ["foreign"], name: "raw", script: "echo one\necho two" });

    const code = await (await startRunner()).exited;

    expect(code, runner?.output).toBe(0);
    expect(await job()).toMatchObject({ name: "raw", conclusion: "success" });
    expect(await log()).toMatch(/Z one\n.*Z two\n/);
  });

  test("R-7 a failing step fails the job; the steps after it are skipped; the runner still exits 0", async () => {
    await push("    steps:", "      - run: exit 3", "      - name: Never", "        run: echo never");

    const code = await (await startRunner()).exited;

    expect(code, runner?.output).toBe(0);
    expect(await job()).toMatchObject({ status: "completed", conclusion: "failure" });
    expect((await job()).steps).toContainEqual(expect.objectContaining({ name: "Never", conclusion: "skipped" }));
    expect(await log()).not.toMatch(/^\S+Z never$/m);
  });

  test("R-9 R-12 a cancelled job is reported as canceled; its console was live before", async () => {
    // This runner kills the shell and then waits for whoever still holds its output, so the shell becomes the sleep.
    await push("    steps:", "      - run: |", "          echo under way", "          exec sleep 300");
    const started = await startRunner();
    while (!(await log()).includes("Z under way")) await Promise.race([sleep(100), failsWhenOver(started)]);

    await control("POST", `runs/${(await job()).run}/cancel`);
    const code = await started.exited;

    expect(code, runner?.output).toBe(0);
    expect(await job()).toMatchObject({ status: "completed", conclusion: "cancelled" });
    expect(await go.heard((event) => event.event === "completed")).toMatchObject({ result: "canceled" });
  });
});

async function failsWhenOver(runner: ActRunner): Promise<never> {
  const code = await runner.exited;
  throw new Error(`The runner ended with ${code} before its console was heard:\n${runner.output}`);
}
