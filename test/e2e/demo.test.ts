import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { processIo } from "../../src/cli/frame/process-io.ts";
import { Stage } from "../../src/cli/demo/stage.ts";
import { program, startDrover, type DroverProcess } from "./drover-process.ts";
import { eventually, pause } from "./eventually.ts";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "drover-e2e-demo-")));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The demo, its temporary folder inside ours, so that everything it makes is found. */
function demo(...args: string[]): DroverProcess {
  return startDrover(["demo", ...args], { folder, name: "demo", environment: { TMPDIR: folder } });
}

/** Every process that was told of the demo's folder. */
function processesLeft(): string[] {
  const mark = `=${join(folder, "drover-demo-")}`;
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(mark));
}

/** The demo's own process of that command. */
function pidOf(command: string): number {
  const words = `bin/drover.js\0${command}\0`;
  const found = processesLeft().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(words));
  expect(found).toHaveLength(1);
  return Number(found[0]);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

const folders = () => readdirSync(folder).filter((name) => name.startsWith("drover-demo-"));

describe("drover demo", () => {
  test("--json: every job comes to its end within a minute, one object comes last, nothing is left", async () => {
    const beganAtMs = Date.now();
    const running = demo("--json");
    const ended = await running.ended;
    const tookMs = Date.now() - beganAtMs;

    expect({ ...ended, stderr: running.stderr() }).toMatchObject({ code: 0 });
    const { jobs, runners, queuedToStartedMs } = JSON.parse(running.stdout()) as Record<string, Record<string, number>>;
    expect(jobs).toEqual({ queued: 33, succeeded: 31, failed: 1, cancelled: 1, lost: 0 });
    expect(runners?.["leaked"]).toBe(0);
    expect(runners?.["made"]).toBe(runners?.["gone"]);
    expect(runners?.["made"]).toBeGreaterThanOrEqual(33);
    expect(queuedToStartedMs?.["p95"]).toBeGreaterThanOrEqual(queuedToStartedMs?.["p50"] ?? NaN);
    expect(tookMs).toBeLessThan(60_000);
    expect(folders()).toEqual([]);
    expect(processesLeft()).toEqual([]);
  }, 120_000);

  test("Ctrl-C amid running jobs cleans up everything", async () => {
    const running = demo();
    await eventually("jobs run", async () => running.stdout().split("started  ").length > 4, {
      withinMs: 60_000,
      lastSeen: () => running.stdout(),
    });
    expect(folders()).toHaveLength(1);
    expect(processesLeft().length).toBeGreaterThan(3);
    running.kill("SIGINT");

    expect(await running.ended).toEqual({ code: 130, signal: null });
    expect(folders()).toEqual([]);
    expect(processesLeft()).toEqual([]);
  }, 120_000);

  test("a reader that goes away ends the demo like Ctrl-C: everything is cleaned up", async () => {
    const pipeline = spawn("sh", ["-c", '"$0" "$1" demo | head -n 3', process.execPath, program], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [code] = (await once(pipeline, "close")) as [number];

    expect(code).toBe(0);
    await eventually("nothing is left", async () => folders().length + processesLeft().length === 0, {
      withinMs: 30_000,
      lastSeen: () => [folders(), processesLeft()],
    });
  }, 120_000);

  test("a controller that dies ends the demo with its last lines, exit code 1, and nothing left", async () => {
    const running = demo();
    await eventually("jobs run", async () => running.stdout().split("started  ").length > 4, {
      withinMs: 60_000,
      lastSeen: () => running.stdout(),
    });
    process.kill(pidOf("up"), "SIGKILL");

    expect(await running.ended).toEqual({ code: 1, signal: null });
    expect(running.stderr()).toContain("The demo's controller ended by itself.");
    expect(folders()).toEqual([]);
    expect(processesLeft()).toEqual([]);
  }, 120_000);

  test("without a terminal the story is plain lines", async () => {
    const running = demo();
    await eventually("something is told", async () => running.stdout().includes("succeeded"), { withinMs: 60_000 });
    running.kill("SIGTERM");
    await running.ended;

    expect(running.stdout()).not.toContain("\u001b");
    expect(running.stdout()).toMatch(/^ +\d+\.\d s {2}started {4}CI \/ .*, on linux-.* after \d+\.\d s$/m);
  }, 120_000);
});

describe("who makes the demo's jobs run", () => {
  test("with the controller stopped no job ever starts; with it they do", async () => {
    const signal = AbortSignal.timeout(100_000);
    const stage = await Stage.open({ ...processIo(), environment: { ...process.env, TMPDIR: folder }, signal });
    try {
      await stage.push(signal);
      await pause(5_000);
      const without = await stage.truth(signal);
      expect(without.runners).toEqual([]);
      expect(without.jobs.filter((job) => job.status === "queued").length).toBeGreaterThanOrEqual(20);
      for (const job of without.jobs) expect(job.startedAt).toBeNull();

      await stage.startController();
      await eventually(
        "a job starts",
        async () => (await stage.truth(signal)).jobs.some((job) => job.startedAt !== null),
        { withinMs: 30_000 },
      );
    } finally {
      await stage.close();
    }
  }, 120_000);
});
