import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeTerminal } from "../../../test/fakes/fake-terminal.ts";
import { startSimulator, type Simulator } from "../../simulator/index.ts";
import type { Truth } from "./truth.ts";

let folder: string;
let simulator: Simulator;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "drover-sim-cli-"));
  simulator = await startSimulator({ repositories: ["acme/widgets", "acme/gadgets"] });
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function workflow(text: string, name = "ci.yml"): void {
  mkdirSync(join(folder, ".github/workflows"), { recursive: true });
  writeFileSync(join(folder, ".github/workflows", name), text);
}

const job = (extra = ""): string => `jobs:
  build:
    runs-on: linux
    ${extra}
    steps:
      - run: echo hello
`;

const terminal = (): FakeTerminal =>
  new FakeTerminal({ folder, environment: { DROVER_SIM_URL: simulator.url }, nowMs: Date.now() });

async function push(...words: readonly string[]): Promise<FakeTerminal> {
  const io = terminal();
  expect(await io.run(["sim", "push", ...words])).toBe(0);
  return io;
}

async function truth(): Promise<Truth> {
  const io = terminal();
  await io.run(["sim", "status", "--json"]);
  return io.json<Truth>();
}

describe("sim push", () => {
  test("makes runs of a workflow file, and shows their jobs", async () => {
    workflow(`on: push\n${job()}`);

    expect((await push(".github/workflows/ci.yml")).stdout).toMatch(/^run \d+ .*1 job\n {2}build {2}[0-9a-f-]{36}$/);
    expect((await truth()).jobs.map(({ name, status }) => [name, status])).toEqual([["build", "queued"]]);
  });

  test("--repo, --event and --input arrive", async () => {
    workflow(`on:
  workflow_dispatch:
    inputs: { target: { required: true } }
run-name: to \${{ inputs.target }}
${job()}`);

    const io = await push(
      ".",
      "--repo",
      "acme/gadgets",
      "--event",
      "workflow_dispatch",
      "--input",
      "target=a=b",
      "--json",
    );

    expect(io.json<{ runs: { jobs: { name: string }[] }[] }>().runs[0]?.jobs[0]?.name).toBe("build");
  });

  test("a refused file is named as its user knows it, with line, column and remedy; exit code 1 and no job", async () => {
    workflow(`on: push\n${job("container: alpine")}`);
    const io = terminal();

    expect(await io.run(["sim", "push", "."])).toBe(1);
    expect(io.stderr).toMatch(/^\.github\/workflows\/ci\.yml:5:5 .+\n {4}\S/);
    expect((await truth()).jobs).toEqual([]);
  });

  test("an unknown repository, and an input without a value, are refused", async () => {
    workflow(`on: push\n${job()}`);

    expect(await terminal().run(["sim", "push", ".", "--repo", "acme/none"])).toBe(1);
    expect(await terminal().run(["sim", "push", ".", "--input", "target"])).toBe(2);
    expect(await terminal().run(["sim", "push", ".", "--event", "workflow_dispatch", "--input", "target"])).toBe(2);
    expect(await terminal().run(["sim", "push", ".", "--input", "target=staging"])).toBe(2);
    const short = terminal();
    await short.run(["sim", "push", ".", "--repo", "widgets"]);
    expect(short.stderr).toContain('The simulator serves no repository "widgets", only acme/widgets, acme/gadgets.');
  });

  test("--wait waits for the end and says whether all succeeded", async () => {
    workflow(`on: push\n${job()}`);
    const cancelled = terminal();
    cancelled.onPause = async (pauses) => {
      if (pauses === 3) await terminal().run(["sim", "cancel", String((await truth()).jobs[0]?.run)]);
    };

    expect(await cancelled.run(["sim", "push", ".", "--wait"])).toBe(1);
    expect(cancelled.outputs.slice(-2)).toEqual(["queued      build", "cancelled   build"]);

    workflow(`on: push\n${job("if: false")}`);
    const skipped = terminal();

    expect(await skipped.run(["sim", "push", ".", "--wait"])).toBe(0);
    expect(skipped.outputs.at(-1)).toBe("skipped     build");
  });

  test("--wait ends with 130 at Ctrl-C", async () => {
    workflow(`on: push\n${job()}`);
    const io = terminal();
    io.onPause = () => io.pressCtrlC();

    expect(await io.run(["sim", "push", ".", "--wait"])).toBe(130);
  });
});

describe("runs and jobs", () => {
  test("a run is cancelled and run again", async () => {
    workflow(`on: push\n${job()}`);
    await push(".");
    const run = String((await truth()).jobs[0]?.run);

    expect(await terminal().run(["sim", "cancel", run])).toBe(0);
    expect((await truth()).jobs[0]?.conclusion).toBe("cancelled");
    expect(await terminal().run(["sim", "rerun", run])).toBe(0);
    expect((await truth()).jobs.map(({ attempt }) => attempt)).toContain(2);
  });

  test("sim log prints a job's log; an unknown job or run ends with 4", async () => {
    workflow(`on: push\n${job()}`);
    await push(".");

    expect(await terminal().run(["sim", "log", (await truth()).jobs[0]?.id ?? ""])).toBe(0);
    expect(await terminal().run(["sim", "log", "nothing"])).toBe(4);
    expect(await terminal().run(["sim", "cancel", "999"])).toBe(4);
    expect(await terminal().run(["sim", "rerun", "999", "--failed"])).toBe(4);
  });

  test("sim log takes a name that one job has; when several have it, each is listed with its id", async () => {
    workflow(`on: push\n${job()}`);
    await push(".");
    const only = terminal();

    expect(await only.run(["sim", "log", "build", "--json"])).toBe(0);
    const [first] = (await truth()).jobs;
    expect(only.json<{ job: string }>().job).toBe(first?.id);

    await push(".");
    const several = terminal();

    expect(await several.run(["sim", "log", "build"])).toBe(1);
    for (const { id, run } of (await truth()).jobs) expect(several.stderr).toContain(`${id}  run ${run}, attempt 1`);
  });

  test("a run that there is not, and one that is not over, are refused with what to do", async () => {
    workflow(`on: push\nname: CI\n${job("if: github.run_attempt > 1")}`);
    const none = terminal();
    await none.run(["sim", "cancel", "99"]);
    expect(none.stderr).toContain("There is no run 99. There is none yet.");

    await push(".");
    const newest = String((await truth()).jobs[0]?.run);
    const unknown = terminal();
    const word = terminal();
    const nothingFailed = terminal();
    const open = terminal();
    await unknown.run(["sim", "rerun", "99"]);
    await word.run(["sim", "cancel", "build"]);
    await nothingFailed.run(["sim", "rerun", newest, "--failed"]);
    await push(".");
    await terminal().run(["sim", "rerun", newest]);
    await open.run(["sim", "rerun", newest]);

    expect(unknown.stderr).toContain(`There is no run 99. The newest one is ${newest}, CI.`);
    expect(unknown.stderr).toContain("drover sim status");
    expect(word.stderr).toContain("There is no run build.");
    expect(nothingFailed.stderr).toContain(`No job of run ${newest} failed or was cancelled. Run it again as a whole`);
    expect(open.stderr).toContain(`Run ${newest} is not over yet, so it cannot run again.`);
  });

  test("sim status shows jobs for people", async () => {
    workflow(`on: push\n${job()}`);
    await push(".");
    const io = terminal();
    await io.run(["sim", "status"]);

    expect(io.stdout).toMatch(/build +\d+ +queued +- +0s ago/);
    expect(io.stdout).toContain("0 runners registered, 0 gone");
  });
});

test("sim status tells attempts apart once a run has run again", async () => {
  workflow(`on: push\n${job("if: github.run_attempt > 1")}`);
  await push(".");
  const once = terminal();
  await once.run(["sim", "status"]);
  await terminal().run(["sim", "rerun", String((await truth()).jobs[0]?.run)]);
  const twice = terminal();
  await twice.run(["sim", "status"]);

  expect(once.stdout).not.toContain("ATTEMPT");
  expect(twice.stdout).toMatch(/build +\d+ +1 +skipped[^]+build +\d+ +2 +queued/);
});

describe("sim fault", () => {
  test("starts a fault for a time, lists it and clears it", async () => {
    const started = terminal();
    const listed = terminal();
    const cleared = terminal();
    const empty = terminal();
    await started.run(["sim", "fault", "f12", "--for", "60s"]);
    await listed.run(["sim", "fault", "list"]);
    await cleared.run(["sim", "fault", "clear", "F12"]);
    await empty.run(["sim", "fault", "list"]);

    expect(started.stdout).toMatch(/^F12 is on for 1m: /);
    expect(listed.stdout).toMatch(/F12-1 +for (?:1m|59s)/);
    expect(cleared.stdout).toBe("1 fault cleared.");
    expect(empty.stdout).toBe("No fault is on.");
  });

  test("options arrive as numbers and texts, and what is unknown is refused with what there is", async () => {
    const good = terminal();
    const bad = terminal();
    const unknown = terminal();

    expect(await good.run(["sim", "fault", "F1", "--set", "weight=0.5", "--json"])).toBe(0);
    expect(good.json<{ options: { weight: number } }>().options.weight).toBe(0.5);
    expect(await bad.run(["sim", "fault", "F1", "--set", "colour=red"])).toBe(1);
    expect(bad.stderr).toContain("weight");
    expect(await unknown.run(["sim", "fault", "F99"])).toBe(1);
    expect(unknown.stderr).toContain("F12");
  });

  test("kinds are shown without a simulator", async () => {
    const io = new FakeTerminal();

    expect(await io.run(["sim", "fault", "kinds"])).toBe(0);
    expect(io.stdout).toMatch(/^F12 /m);
  });
});

test("without a simulator every command ends with 3 and says how to start one", async () => {
  await simulator.close();
  for (const line of [["status"], ["log", "1"], ["cancel", "1"], ["rerun", "1"], ["fault", "F12"]]) {
    const io = terminal();
    expect(await io.run(["sim", ...line])).toBe(3);
    expect(io.stderr).toContain("drover sim");
  }
});

test("the simulator of ./drover.yaml is found without --to", async () => {
  writeFileSync(join(folder, "drover.yaml"), `github:\n  url: ${simulator.url}\n`);

  expect(await new FakeTerminal({ folder }).run(["sim", "status"])).toBe(0);
});
