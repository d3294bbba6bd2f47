import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { truthOf, truthRunner } from "../../../test/fakes/truth.ts";
import { endProcesses, leftoverRunners, lookForLeftovers, processesOf } from "./leftovers.ts";

let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "drover-leftovers-")));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

async function start(options: Parameters<typeof spawn>[2] = {}, args: string[] = ["60"]): Promise<number> {
  const child = spawn("sleep", args, { stdio: "ignore", detached: true, env: {}, cwd: "/", ...options });
  children.push(child);
  await once(child, "spawn");
  return child.pid ?? 0;
}

const pids = async () => (await processesOf(folder, new Set())).map(({ pid }) => pid).sort();

test.runIf(process.platform === "linux")(
  "a process is found by its working directory, and by its environment",
  async () => {
    const inside = await start({ cwd: folder });
    const marked = await start({ env: { DROVER_INSTANCE: join(folder, "work/demo/linux-1") } });
    await start();

    expect(await pids()).toEqual([inside, marked].sort());
  },
);

test("a process is found by its command line", async () => {
  const child = spawn("sh", ["-c", `sleep 60; : ${folder}`], { stdio: "ignore", detached: true, env: {}, cwd: "/" });
  children.push(child);
  await once(child, "spawn");

  expect(await pids()).toContain(child.pid);
});

test.runIf(process.platform === "linux")(
  "what is left is named by its runner, and what is meant to run is not counted",
  async () => {
    const own = await start({ cwd: folder });
    await start({ env: { DROVER_INSTANCE: join(folder, "work/demo/linux-1") } });
    await mkdir(join(folder, "work/demo/linux-1"), { recursive: true });
    await mkdir(join(folder, "work/demo/.linux-2.partly"), { recursive: true });
    const found = await lookForLeftovers(folder, {
      truth: truthOf([], [truthRunner("linux-3", { goneAt: null }), truthRunner("linux-4")]),
      workRoot: join(folder, "work"),
      ownPids: new Set([own]),
    });

    expect([...leftoverRunners(found)].sort()).toEqual([".linux-2.partly", "linux-1", "linux-3"]);
  },
);

test("nothing is left where there is nothing, not even a work root", async () => {
  const found = await lookForLeftovers(folder, {
    truth: truthOf([], []),
    workRoot: join(folder, "never-made"),
    ownPids: new Set(),
  });

  expect(found).toEqual({ processes: [], directories: [], registrations: [] });
});

test.runIf(process.platform === "linux")(
  "only the very process that was found is ended, no stranger with its pid",
  async () => {
    const mine = await start({ cwd: folder });
    const found = await processesOf(folder, new Set());
    await endProcesses(
      folder,
      found.map((one) => ({ ...one, startTicks: "1" })),
    );
    expect(await pids()).toEqual([mine]);

    const gone = once(children[0] as ChildProcess, "exit");
    await endProcesses(folder, found);
    await gone;
    expect(await pids()).toEqual([]);
  },
);
