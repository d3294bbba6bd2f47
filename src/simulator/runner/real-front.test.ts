import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../index.ts";
import { runMinimalRunner } from "./main.ts";

interface TruthJob {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly runner: string | null;
  readonly steps: readonly { readonly name: string; readonly conclusion: string }[];
  readonly outputs: Readonly<Record<string, string>>;
}

let simulator: Simulator;
let root = "";
let printed = "";
let runnerCount = 0;
const never = new AbortController().signal;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "drover-runner-"));
  printed = "";
  simulator = await startSimulator();
});

afterEach(async () => {
  await simulator.close();
  rmSync(root, { recursive: true, force: true });
});

async function ask(path: string, options: { method?: string; body?: unknown } = {}): Promise<string> {
  const answer = await fetch(`${simulator.url}${path}`, {
    method: options.method ?? "GET",
    headers: { authorization: `Bearer ${simulator.token}`, "content-type": "application/json" },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return text;
}

async function push(workflow: string, files: { path: string; text: string }[] = []): Promise<number> {
  const body = { event: "push", files: [{ path: ".github/workflows/ci.yml", text: workflow }, ...files] };
  const answer = JSON.parse(await ask("/_drover/push", { method: "POST", body })) as { runs: { id: number }[] };
  return answer.runs[0]?.id ?? 0;
}

async function truth(): Promise<readonly TruthJob[]> {
  return (JSON.parse(await ask("/_drover/truth")) as { jobs: TruthJob[] }).jobs;
}

/** Log lines of a job without their timestamps. */
async function log(job: TruthJob | undefined): Promise<string[]> {
  const text = await ask(`/_drover/truth/jobs/${job?.id ?? ""}/log`);
  return text.split("\n").map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ""));
}

/** Registers a runner as anybody with the token may, and lets it live its life. */
async function runner(): Promise<number> {
  runnerCount += 1;
  const body = { name: `r${runnerCount}`, runner_group_id: 1, labels: ["self-hosted", "lab"], work_folder: "_work" };
  const path = "/api/v3/repos/acme/widgets/actions/runners/generate-jitconfig";
  const { encoded_jit_config } = JSON.parse(await ask(path, { method: "POST", body })) as {
    encoded_jit_config: string;
  };
  return await runMinimalRunner({
    jitConfig: encoded_jit_config,
    workDirectory: join(root, `r${runnerCount}`),
    environment: { PATH: process.env["PATH"] ?? "" },
    interrupt: never,
    terminate: never,
    stdout: { write: (text) => (printed += text) },
  });
}

describe("against the simulator's HTTP front", () => {
  test("a workflow with a needs chain, outputs and a matrix runs to its end, one job a runner", async () => {
    await push(`
name: ci
on: push
env: { LEVEL: workflow }
jobs:
  first:
    runs-on: [self-hosted, lab]
    outputs: { list: "\${{ steps.make.outputs.list }}" }
    steps:
      - id: make
        run: echo 'list=["a","b"]' >> $GITHUB_OUTPUT
  second:
    needs: first
    runs-on: [self-hosted, lab]
    strategy: { matrix: { letter: "\${{ fromJSON(needs.first.outputs.list) }}" } }
    steps:
      - name: Say \${{ matrix.letter }}
        run: echo "letter \${{ matrix.letter }} $LEVEL of \${{ needs.first.outputs.list }}"
`);

    for (let count = 0; count < 3; count++) expect(await runner(), printed).toBe(0);

    const jobs = await truth();
    expect(jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ["first", "success"],
      ["second (a)", "success"],
      ["second (b)", "success"],
    ]);
    expect(new Set(jobs.map((job) => job.runner)).size).toBe(3);
    expect(jobs[1]?.steps.map((step) => step.name)).toEqual(["Set up job", "Say a", "Complete job"]);
    expect(await log(jobs[1])).toContain("letter a workflow of [a,b]");
  });

  test("a failing step: conclusions step by step, and the log says why", async () => {
    await push(`
on: push
jobs:
  build:
    runs-on: lab
    steps:
      - run: |
          echo before
          exit 7
      - run: echo never
      - if: \${{ failure() }}
        run: echo cleanup
`);

    expect(await runner(), printed).toBe(0);

    const [job] = await truth();
    expect(job?.conclusion).toBe("failure");
    expect(job?.steps).toMatchObject([
      { name: "Set up job", conclusion: "success" },
      { name: "Run echo before", conclusion: "failure" },
      { name: "Run echo never", conclusion: "skipped" },
      { name: "Run echo cleanup", conclusion: "success" },
      { name: "Complete job", conclusion: "success" },
    ]);
    expect(await log(job)).toEqual(
      expect.arrayContaining(["before", "##[error]Process completed with exit code 7.", "cleanup"]),
    );
  });

  test("a local composite action that was pushed with the workflow runs", async () => {
    const action =
      "name: greet\ninputs: {who: {default: world}}\nruns:\n  using: composite\n  steps:\n    - run: echo hello ${{ inputs.who }}\n      shell: bash\n";
    await push(
      "on: push\njobs:\n  build:\n    runs-on: lab\n    steps:\n      - uses: ./.github/actions/greet\n        with: {who: you}\n",
      [{ path: ".github/actions/greet/action.yml", text: action }],
    );

    await runner();

    const [job] = await truth();
    expect(job?.steps[1]).toMatchObject({ name: "Run ./.github/actions/greet", conclusion: "success" });
    expect(await log(job)).toContain("hello you");
  });

  test("lines are to be read while their step still runs, and cancelling the run ends it", async () => {
    const run = await push(
      "on: push\njobs:\n  build:\n    runs-on: lab\n    steps:\n      - run: echo alive; exec sleep 30\n",
    );
    const life = runner();
    let lines: string[] = [];
    while (!lines.includes("alive")) {
      const [job] = await truth();
      if (job?.status === "in_progress") lines = await log(job);
      await new Promise(setImmediate);
    }

    await ask(`/_drover/runs/${run}/cancel`, { method: "POST" });

    expect(await life).toBe(0);
    const [job] = await truth();
    expect(job?.conclusion).toBe("cancelled");
    expect(await log(job)).toContain("##[error]The operation was canceled.");
  });

  test("no credential is left in the runner's directory", async () => {
    await push("on: push\njobs:\n  build:\n    runs-on: lab\n    steps:\n      - run: echo x\n");
    await runner();

    expect(readdirSync(join(root, `r${runnerCount}`))).toEqual(["_work"]);
  });
});
