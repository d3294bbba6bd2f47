import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { drawScenario, type Scenario, type Upheaval } from "./seed/scenario.ts";
import { World, type WorldOutcome } from "./world.ts";

const minuteMs = 60_000;

/** A small quiet world: one pool, jobs of eight minutes from minute one, and whatever a test changes. */
function quiet(change: Partial<Scenario> & { readonly upheavals?: readonly Upheaval[] }): Promise<WorldOutcome> {
  const pool = {
    name: "pool-0",
    minIdle: 0,
    max: 5,
    idleGraceMs: 120_000,
    onStop: "keep" as const,
    provider: 0,
    jobMs: 21_600_000,
  };
  const jobs = Array.from({ length: 8 }, (_, index) => ({
    pool: 0,
    atMs: minuteMs + index * 1_000,
    durationMs: 8 * minuteMs,
    cancelAfterMs: undefined,
  }));
  const scenario = { seed: 1, pools: [pool], jobs, faults: [], troubledMs: 40 * minuteMs, journalSurvives: false };
  return new World({ ...scenario, ...change }, { keepLines: false }).run();
}

function times({ sometimes }: WorldOutcome, name: string): number {
  return sometimes.get(name) ?? 0;
}

test("in a quiet world each job gets a runner of its own, and nothing is left", async () => {
  const outcome = await quiet({});

  expect(outcome.violation).toBeUndefined();
  expect([times(outcome, "created"), times(outcome, "started"), times(outcome, "cleaned")]).toEqual([8, 8, 8]);
});

test.each([true, false])(
  "a crash amid running jobs, journal kept: %s: the next start adopts their runners, and each job runs once",
  async (journalSurvives) => {
    const outcome = await quiet({ journalSurvives, upheavals: [{ atMs: 4 * minuteMs, kind: "crash" }] });

    expect(outcome.violation).toBeUndefined();
    expect(outcome.incarnations).toBe(2);
    expect([times(outcome, "adopted"), times(outcome, "created")]).toEqual([5, 8]);
  },
);

test.each(["keep", "drain"] as const)("an orderly restart with onStop %s kills no job", async (onStop) => {
  const [pool] = drawScenario(1).pools;
  const outcome = await quiet({
    pools: [
      { ...pool, name: "pool-0", minIdle: 0, max: 5, idleGraceMs: 120_000, onStop, provider: 0, jobMs: 21_600_000 },
    ],
    upheavals: [{ atMs: 4 * minuteMs, kind: "restart" }],
  });

  expect(outcome.violation).toBeUndefined();
  expect(times(outcome, "adopted")).toBe(onStop === "keep" ? 5 : 0);
});

test("a pool that is no longer configured is drained: its jobs finish, then nothing of it is left", async () => {
  const outcome = await quiet({ upheavals: [{ atMs: 4 * minuteMs, kind: "restart", retiredPool: 0 }] });

  expect(outcome.violation).toBeUndefined();
  expect([times(outcome, "forgotten-pool"), times(outcome, "adopted"), times(outcome, "created")]).toEqual([1, 5, 5]);
});

test("a job past its deadline is ended, and GitHub is not asked in circles until it gives the job up", async () => {
  const [pool] = drawScenario(1).pools;
  const outcome = await quiet({
    pools: [
      {
        ...pool,
        name: "pool-0",
        minIdle: 0,
        max: 5,
        idleGraceMs: 120_000,
        onStop: "keep",
        provider: 0,
        jobMs: 5 * minuteMs,
      },
    ],
  });

  expect(outcome.violation).toBeUndefined();
  expect(times(outcome, "ending-job-deadline")).toBe(8);
  expect(times(outcome, "deregistration-refused")).toBeLessThan(8 * 40);
});

test("a drained pool launches nothing until it is resumed", async () => {
  const outcome = await quiet({
    upheavals: [
      { atMs: 500, kind: "drain", pool: 0 },
      { atMs: 5 * minuteMs, kind: "resume", pool: 0 },
    ],
  });

  expect(outcome.violation).toBeUndefined();
  expect([times(outcome, "drained"), times(outcome, "resumed"), times(outcome, "created")]).toEqual([1, 1, 8]);
});

test("a backlog that healing leaves is worked off, however long that takes (seed 2528)", async () => {
  const { violation, virtualMs, scenario } = await new World(drawScenario(2528), { keepLines: false }).run();

  expect(violation).toBeUndefined();
  expect(virtualMs).toBeGreaterThan(scenario.troubledMs + 60 * minuteMs);
});

test("while GitHub waits for the leases of jobs that were ended by their deadline, it hands nothing over, and nobody is to blame (seed 900)", async () => {
  const { violation, sometimes } = await new World(drawScenario(900), { keepLines: false }).run();

  expect(violation).toBeUndefined();
  expect(sometimes.get("ending-job-deadline")).toBeGreaterThan(10);
});

test("after a restart a runner is known when its provider or GitHub shows it (seed 828)", async () => {
  const { violation } = await new World(drawScenario(828), { keepLines: false }).run();

  expect(violation).toBeUndefined();
});

test("a trace that is kept has the hash of one that is not", async () => {
  const scenario = drawScenario(3, { jobs: 10 });
  const [kept, unkept] = await Promise.all([true, false].map((keepLines) => new World(scenario, { keepLines }).run()));

  expect(kept?.hash).toBe(unkept?.hash);
  expect(kept?.traceLines?.length).toBeGreaterThan(1_000);
  expect(unkept?.traceLines).toBeUndefined();
});

test(
  "one seed is one history: in another process, in another time zone, under load",
  { timeout: 120_000 },
  async () => {
    const here = await new World(drawScenario(7), { keepLines: false }).run();
    // Three at once on few cores: each is load for the others.
    const elsewhere = await Promise.all(
      ["UTC", "Asia/Kathmandu", "America/St_Johns"].map((zone) => hashInProcess(7, zone)),
    );

    expect(elsewhere).toEqual([here.hash, here.hash, here.hash]);
  },
);

async function hashInProcess(seed: number, zone: string): Promise<string> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [main, "--seed", String(seed), "--json"], {
    env: { ...process.env, TZ: zone },
  });
  return (JSON.parse(stdout) as { hash: string }).hash;
}
