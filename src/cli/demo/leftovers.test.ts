import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { truthOf, truthRunner } from "../../../test/fakes/truth.ts";
import { endProcesses, folderVariable, leftoverRunners, lookForLeftovers, processesOf } from "./leftovers.ts";

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

test("a process is the demo's by the marks it inherited, or because it works inside an instance", async () => {
  const instance = join(folder, "work/demo/linux-1");
  await mkdir(join(instance, "own"), { recursive: true });
  const ours = [
    await start({ env: { [folderVariable]: folder } }),
    await start({ env: { DROVER_INSTANCE: instance } }),
    await start({ cwd: join(instance, "own") }),
  ];
  await start();

  expect(await pids()).toEqual(ours.sort());
});

test("a stranger who stands in the folder, names it or was told of it is not the demo's, and never ended", async () => {
  const shell = spawn("sh", ["-c", `sleep 60; : ${folder}/drover.yaml`], {
    stdio: "ignore",
    detached: true,
    cwd: folder,
  });
  children.push(shell);
  await once(shell, "spawn");
  await start({ cwd: folder });
  await start({ env: { DROVER_SERVER: `unix:${folder}/drover.sock` } });

  expect(await pids()).toEqual([]);
});

test("whoever merely works inside an instance is reported but not ended", async () => {
  const instance = join(folder, "work/demo/linux-1");
  await mkdir(instance, { recursive: true });
  const visitor = await start({ cwd: instance });
  await endProcesses(folder, await processesOf(folder, new Set()));

  expect(await pids()).toEqual([visitor]);
});

test("what is left is named by its runner, and what is meant to run is not counted", async () => {
  const own = await start({ env: { [folderVariable]: folder } });
  await start({ env: { DROVER_INSTANCE: join(folder, "work/demo/linux-1") } });
  await mkdir(join(folder, "work/demo/linux-1"), { recursive: true });
  await mkdir(join(folder, "work/demo/.linux-2.partly"), { recursive: true });
  const found = await lookForLeftovers(folder, {
    truth: truthOf([], [truthRunner("linux-3", { goneAt: null }), truthRunner("linux-4")]),
    workRoot: join(folder, "work"),
    ownPids: new Set([own]),
  });

  expect([...leftoverRunners(found)].sort()).toEqual([".linux-2.partly", "linux-1", "linux-3"]);
});

test("nothing is left where there is nothing, not even a work root", async () => {
  const found = await lookForLeftovers(folder, {
    truth: truthOf([], []),
    workRoot: join(folder, "never-made"),
    ownPids: new Set(),
  });

  expect(found).toEqual({ processes: [], directories: [], registrations: [] });
});

test("only the very process that was found is ended, no stranger with its pid", async () => {
  const mine = await start({ env: { [folderVariable]: folder } });
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
});
