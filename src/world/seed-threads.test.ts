import { afterEach, expect, test, vi } from "vitest";
import type { SeedReport } from "./seed-report.ts";
import { runSeeds } from "./seed-threads.ts";

/** A thread that answers each seed with a report, but does `ill` for the seed `sick`. */
function worker(sick: number, ill: string, flag?: Int32Array): { readonly url: URL; readonly argument: unknown } {
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    const { sick, flag } = workerData;
    parentPort.on("message", (seed) => {
      if (seed === sick) { ${ill} }
      else parentPort.postMessage({ report: { seed, violation: undefined } });
    });
    parentPort.postMessage("ready");
  `;
  return { url: new URL(`data:text/javascript,${encodeURIComponent(source)}`), argument: { sick, flag } };
}

function told(reports: readonly SeedReport[]): readonly string[] {
  return reports.map(({ seed, violation }) => `${seed}: ${violation?.story ?? "well"}`).sort();
}

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ["an unhandled rejection", `void Promise.reject(new Error("nobody caught this"));`],
  ["an uncaught exception", `setImmediate(() => { throw new Error("nobody caught this"); });`],
])("a seed whose thread dies of %s is a finding of that seed, and the others are run all the same", async (_, ill) => {
  const reports: SeedReport[] = [];
  await runSeeds([1, 2, 3, 4], { threads: 1, onReport: (report) => reports.push(report), worker: worker(2, ill) });

  expect(told(reports)).toEqual(["1: well", "2: the thread died: nobody caught this", "3: well", "4: well"]);
  expect(reports[1]?.violation?.rule).toBe("the world runs to its end");
});

test("a seed that throws is a finding of that seed", async () => {
  const reports: SeedReport[] = [];
  const ill = `parentPort.postMessage({ seed, error: "no such pool" });`;
  await runSeeds([1, 2, 3], { threads: 2, onReport: (report) => reports.push(report), worker: worker(2, ill) });

  expect(told(reports)).toEqual(["1: well", "2: no such pool", "3: well"]);
});

/** Begins three seeds in one thread and hands back when the second, sick one has been given out; time stands still. */
async function untilSick(ill: string, flag?: Int32Array) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const reports: SeedReport[] = [];
  const given = Promise.withResolvers<void>();
  const all = runSeeds([1, 2, 3], {
    threads: 1,
    onReport: (report) => {
      reports.push(report);
      // The next seed is given out in the same turn.
      if (report.seed === 1) given.resolve();
    },
    worker: worker(2, ill, flag),
  });
  await given.promise;
  return { all, reports };
}

test.each([
  ["turns in a circle", "for (;;);"],
  ["waits for what never comes", ""],
])(
  "a seed that %s is a finding once its three minutes are over, and the others are run all the same",
  async (_, ill) => {
    const { all, reports } = await untilSick(ill);
    vi.advanceTimersByTime(179_999);
    expect(told(reports)).toEqual(["1: well"]);
    vi.advanceTimersByTime(1);
    expect(told(reports)).toEqual(["1: well", "2: it does not come to an end"]);
    await all;

    expect(told(reports)).toEqual(["1: well", "2: it does not come to an end", "3: well"]);
  },
);

test("an answer that comes with the limit is not heard any more: no seed is reported twice, none is lost", async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const ill = `
    parentPort.postMessage({ report: { seed, violation: undefined } });
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  `;
  const { all, reports } = await untilSick(ill, flag);
  // The answer is there, but nobody has read it when the limit is over.
  Atomics.wait(flag, 0, 0);
  vi.advanceTimersByTime(180_000);
  await all;

  expect(told(reports)).toEqual(["1: well", "2: it does not come to an end", "3: well"]);
});
