import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Instance, Provider } from "../../core/ports/provider.ts";
import { systemClock } from "../../system/system-clock.ts";
import { Cgroups } from "./cgroup.ts";
import { instancePlace } from "./place.ts";
import { readLife } from "./observe.ts";
import { isAlive } from "./process-identity.ts";
import { ProviderFixture } from "./provider-fixture.ts";

const calm = { signal: new AbortController().signal };
let fixture: ProviderFixture;

beforeEach(async () => {
  fixture = await ProviderFixture.make(systemClock);
});
afterEach(async () => {
  await fixture.close();
});

/** A Drover of its own process that launches one runner and then stays; `before` runs in it first. */
function otherDrover(runner: string, before = ""): ChildProcess {
  const script = `
    ${before}
    const { createProcessProvider } = await import(${JSON.stringify(join(import.meta.dirname, "provider.ts"))});
    const { systemClock } = await import(${JSON.stringify(join(import.meta.dirname, "../../system/system-clock.ts"))});
    const signal = new AbortController().signal;
    const provider = createProcessProvider({ name: "host", clock: systemClock, workRoot: ${JSON.stringify(fixture.workRoot)},
      runner: { kind: "command", command: ["/bin/sh", ${JSON.stringify(join(fixture.root, "program"))}, ${JSON.stringify(join(fixture.root, "starts"))}] } });
    await provider.prepare({ signal });
    globalThis.prepared = true;
    await provider.launch({ installation: "acme", pool: "linux", runner: ${JSON.stringify(runner)},
      credential: { kind: "jit-config", encodedJitConfig: "jit" } }, { signal });
    process.stdout.write("launched");
    setInterval(() => {}, 1000);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

async function find(provider: Provider, runner: string): Promise<Instance | undefined> {
  return (await provider.listOwned("acme", calm)).find((instance) => instance.runner === runner);
}

test("a running job is unharmed by kill -9 of Drover, and its exit and last lines are known to the next one", async () => {
  const first = otherDrover("linux-a-1");
  if (first.stdout !== null) await once(first.stdout, "data");
  await fixture.until(async () => (await fixture.starts("linux-a-1")) === 1);
  first.kill("SIGKILL");
  await once(first, "exit");

  const second = fixture.provider();
  expect(await find(second, "linux-a-1")).toMatchObject({ pool: "linux", phase: "running" });
  await fixture.finish("linux-a-1", 7, ["the job went on", "and ended"]);
  await fixture.until(async () => (await find(second, "linux-a-1"))?.phase === "ended");
  const ended = await find(second, "linux-a-1");
  expect(ended).toMatchObject({ end: { exitCode: 7, lastLines: ["the job went on", "and ended"] } });
  await second.stop("linux-a-1", calm);
  expect(await fixture.traces("linux-a-1")).toEqual([]);
});

test("a job that ended while no Drover ran is found with its exit code", async () => {
  const first = otherDrover("linux-a-1");
  if (first.stdout !== null) await once(first.stdout, "data");
  first.kill("SIGKILL");
  await once(first, "exit");
  await fixture.finish("linux-a-1", 1, ["registration refused"]);
  const place = instancePlace(fixture.workRoot, "acme", "linux-a-1");
  await fixture.until(async () => (await readLife(place))?.exitStatus !== undefined);

  expect(await find(fixture.provider(), "linux-a-1")).toMatchObject({
    phase: "ended",
    end: { exitCode: 1, lastLines: ["registration refused"] },
  });
});

// Each number is the file system call in front of which the launching Drover dies; the last two are just before and just after the
// start of the keeper, which then has no credential yet.
const steps = Cgroups.open().of("/nowhere").tracking === undefined ? 9 : 10;
test.each(Array.from({ length: steps }, (_, cut) => cut + 1))(
  "a Drover killed at step %i of a launch leaves nothing that cannot be found and stopped, and starts nothing twice",
  async (cut) => {
    const killer = `
      const fs = (await import("node:fs")).default;
      const child = (await import("node:child_process")).default;
      const { syncBuiltinESMExports } = await import("node:module");
      let steps = 0;
      function cutting(object, names) {
        for (const name of names) {
          const real = object[name];
          object[name] = function (...args) {
            const cutHere = () => { if (globalThis.prepared && ++steps === ${cut}) process.kill(process.pid, "SIGKILL"); };
            cutHere();
            const result = real.apply(this, args);
            if (name === "spawn") cutHere();
            return result;
          };
        }
      }
      cutting(fs, ["mkdirSync", "writeFileSync", "renameSync", "openSync"]);
      cutting(fs.promises, ["mkdir", "writeFile", "rename", "open", "chmod", "lchown"]);
      cutting(child, ["spawn"]);
      syncBuiltinESMExports();`;
    const first = otherDrover("linux-a-1", killer);
    let launched = false;
    first.stdout?.once("data", () => {
      launched = true;
      first.kill("SIGTERM");
    });
    await once(first, "exit");
    expect(launched).toBe(false);
    expect({ cut, signal: first.signalCode }).toEqual({ cut, signal: "SIGKILL" });

    const second = fixture.provider();
    await fixture.until(async () => (await find(second, "linux-a-1"))?.phase !== "starting");
    const seen = await find(second, "linux-a-1");
    await second.launch(
      {
        installation: "acme",
        pool: "linux",
        runner: "linux-a-1",
        credential: { kind: "jit-config", encodedJitConfig: "jit" },
      },
      calm,
    );
    if (seen?.phase === "running") await fixture.until(async () => (await fixture.starts("linux-a-1")) === 1);
    // What had been claimed is never started again; what had not been is launched afresh.
    if (seen?.phase === "ended") expect(await fixture.starts("linux-a-1")).toBe(0);
    if (seen === undefined) await fixture.until(async () => (await fixture.starts("linux-a-1")) === 1);
    expect(await fixture.starts("linux-a-1")).toBeLessThanOrEqual(1);
    await second.stop("linux-a-1", calm);
    expect(await fixture.traces("linux-a-1")).toEqual([]);
    expect(await fixture.unfinished()).toEqual([]);
  },
);

test("a keeper that comes after its start was given up starts nothing", async () => {
  const provider = fixture.provider();
  await provider.launch(
    {
      installation: "acme",
      pool: "linux",
      runner: "linux-a-1",
      credential: { kind: "jit-config", encodedJitConfig: "jit" },
    },
    calm,
  );
  await fixture.until(async () => (await fixture.starts("linux-a-1")) === 1);
  const place = instancePlace(fixture.workRoot, "acme", "linux-a-1");
  const late = spawn("/bin/sh", [place.keeper], { stdio: ["pipe", "ignore", "ignore"] });
  late.stdin.on("error", () => undefined);
  late.stdin.end("jit\n");
  await once(late, "exit");

  expect(await fixture.starts("linux-a-1")).toBe(1);
});

test("a runner whose keeper was killed counts as running until it ends itself; its exit code is then unknown", async () => {
  const provider = fixture.provider();
  await fixture.launch(provider, "linux-a-1");
  const life = await readLife(instancePlace(fixture.workRoot, "acme", "linux-a-1"));
  if (life?.keeper === undefined) throw new Error("there is no keeper");
  const { keeper } = life;
  process.kill(keeper.pid, "SIGKILL");
  await fixture.until(async () => !(await isAlive(keeper)));

  expect(await find(provider, "linux-a-1")).toMatchObject({ phase: "running" });
  await fixture.finish("linux-a-1", 0, ["last words"]);
  await fixture.until(async () => (await find(provider, "linux-a-1"))?.phase === "ended");
  expect(await find(provider, "linux-a-1")).toMatchObject({
    end: { exitCode: null, signal: null, lastLines: ["last words"] },
  });
});

test("death by a signal is told by the signal's name", async () => {
  const provider = fixture.provider();
  await fixture.launch(provider, "linux-a-1");
  const life = await readLife(instancePlace(fixture.workRoot, "acme", "linux-a-1"));
  if (life?.runner === undefined) throw new Error("there is no runner");
  process.kill(life.runner.pid, "SIGKILL");
  await fixture.until(async () => (await find(provider, "linux-a-1"))?.phase === "ended");

  expect(await find(provider, "linux-a-1")).toMatchObject({ end: { exitCode: null, signal: "SIGKILL" } });
});

test("an exit status that was being written down does not count yet", async () => {
  const provider = fixture.provider();
  await fixture.launch(provider, "linux-a-1");
  const place = instancePlace(fixture.workRoot, "acme", "linux-a-1");
  await writeFile(place.life, `${await readFile(place.life, "utf8")}exit 1`);

  expect(await find(provider, "linux-a-1")).toMatchObject({ phase: "running" });
});

test("an instance of the machine's last run has ended, even if another process bears its pid now", async () => {
  const provider = fixture.provider();
  await fixture.launch(provider, "linux-a-1");
  const place = instancePlace(fixture.workRoot, "acme", "linux-a-1");
  const keeper = await readFile(place.keeper, "utf8");
  await writeFile(place.keeper, keeper.replace(/"bootId":"[^"]*"/, '"bootId":"an-earlier-one"'));

  expect(await find(fixture.provider(), "linux-a-1")).toMatchObject({ phase: "ended" });
  await writeFile(place.keeper, keeper);
});

test("an instance whose record a power cut emptied is listed under a pool that nobody has, and can be stopped", async () => {
  await fixture.launch(fixture.provider(), "linux-a-1");
  const place = instancePlace(fixture.workRoot, "acme", "linux-a-1");
  await writeFile(place.keeper, "");
  const provider = fixture.provider();

  expect(await find(provider, "linux-a-1")).toMatchObject({ pool: "unknown", runner: "linux-a-1", phase: "running" });
  await provider.stop("linux-a-1", calm);
  expect(await fixture.traces("linux-a-1")).toEqual([]);
});
