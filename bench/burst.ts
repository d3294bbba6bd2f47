import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Provider } from "../src/core/ports/provider.ts";
import { createProcessProvider } from "../src/providers/process/index.ts";
import { NodeTransport } from "../src/scale-set/node/transport.ts";
import { systemClock } from "../src/system/system-clock.ts";
import { installation, poolName, poolUnderTest, queueJobs, until } from "./pool-under-test.ts";
import { startSimulatorProcess } from "./simulator-process.ts";

export interface Burst {
  readonly jobs: number;
  /** From one push that queues all jobs to the last launch done, in milliseconds. */
  readonly burstMs: number;
  /** As many JIT calls by the bare client, as many at once as the engine makes. */
  readonly jitBoundMs: number;
  /** As many bare spawns of the same program. */
  readonly spawnBoundMs: number;
  /** What Drover's way adds to each launch over the larger of the two bounds, in milliseconds of the whole machine's time. */
  readonly addedMs: number;
}

export type Program = readonly [string, ...string[]];

const atOnce = 64;
const minimalRunner = new URL("../src/simulator/runner/main.ts", import.meta.url).href;
/**
 * What is launched, and spawned bare: the minimal runner up to the point where it would ask GitHub for work. It outlives the benchmark
 * and is ended by it.
 */
export const runnerStart: Program = [
  process.execPath,
  "-e",
  `import(${JSON.stringify(minimalRunner)}).then(() => setInterval(() => undefined, 60_000))`,
];
/** Costs nothing to start, so that what Drover itself adds to a launch stands alone. */
export const idleProgram: Program = ["/bin/sleep", "600"];

/** All launches of a burst, against what GitHub's side and the machine allow at best: measured in the same run. */
export async function measureBurst(jobs: number, program: Program): Promise<Burst> {
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  const simulator = await startSimulatorProcess();
  const transport = new NodeTransport();
  try {
    const spawnBoundMs = await spawnBound(jobs, folder, program);
    const provider = createProcessProvider({
      name: "bench",
      workRoot: join(folder, "work"),
      runner: { kind: "command", command: program },
      clock: systemClock,
      graceMs: 100,
    });
    await provider.prepare({ signal: new AbortController().signal });
    let launched = 0;
    const counted: Provider = {
      name: provider.name,
      launch: async (spec, options) => {
        await provider.launch(spec, options);
        launched += 1;
      },
      stop: (runner, options) => provider.stop(runner, options),
      listOwned: (of, options) => provider.listOwned(of, options),
      readLog: (runner, options) => provider.readLog(runner, options),
      watch: (onChange) => provider.watch(onChange),
    };
    const { engine, github } = poolUnderTest({
      ...simulator,
      transport,
      provider: counted,
      clock: systemClock,
      max: jobs,
    });
    const jitBoundMs = await jitBound(jobs, github.client);
    engine.start();
    const isWaiting = () => engine.pools.get(poolName)?.state.source.kind === "connected" && engine.isReady;
    await until(isWaiting, "a session with GitHub");
    const beganAtMs = performance.now();
    await queueJobs(simulator.url, jobs);
    await until(() => launched >= jobs, `${jobs} launches`);
    const burstMs = performance.now() - beganAtMs;
    await engine.stopNow();
    await removeAll(provider);
    const addedMs = (burstMs - Math.max(jitBoundMs, spawnBoundMs)) / jobs;
    return { jobs, burstMs, jitBoundMs, spawnBoundMs, addedMs };
  } finally {
    await transport.close();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function jitBound(count: number, client: ReturnType<typeof poolUnderTest>["github"]["client"]): Promise<number> {
  const options = { signal: new AbortController().signal };
  const scaleSet = await client.createScaleSet({ name: "bound", runnerGroupId: 1 }, options);
  const beganAtMs = performance.now();
  await inParallel(count, (index) => client.generateJitConfig(scaleSet.id, { name: `bound-${index}` }, options));
  return performance.now() - beganAtMs;
}

async function spawnBound(count: number, folder: string, program: Program): Promise<number> {
  const beganAtMs = performance.now();
  const pids: number[] = [];
  await inParallel(count, async (index) => {
    const output = openSync(join(folder, `bare-${index}`), "w");
    const child = spawn(program[0], program.slice(1), { detached: true, stdio: ["ignore", output, output] });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    closeSync(output);
    child.unref();
    if (child.pid !== undefined) pids.push(child.pid);
  });
  const tookMs = performance.now() - beganAtMs;
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return tookMs;
}

async function removeAll(provider: Provider): Promise<void> {
  const options = { signal: new AbortController().signal };
  const owned = await provider.listOwned(installation, options);
  await inParallel(owned.length, async (index) => {
    const instance = owned[index];
    if (instance !== undefined) await provider.stop(instance.runner, options);
  });
}

async function inParallel(count: number, task: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}
