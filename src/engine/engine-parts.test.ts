import { describe, expect, test } from "vitest";
import { settled, VirtualTime } from "../../test/builders/virtual-time.ts";
import { createMemoryJournal } from "../journal/memory/memory-journal.ts";
import type { DemandSource, DemandSourceState } from "../core/ports/demand-source.ts";
import type { Instance, Provider } from "../core/ports/provider.ts";
import { Census } from "./census.ts";
import { Limiter } from "./limiter.ts";
import { Recorder } from "./recorder.ts";
import { superviseSource } from "./source-supervision.ts";
import { Wake } from "./wake.ts";

const forever = new AbortController().signal;

describe("a doorbell", () => {
  test("a ring before the wait is not lost, and counts once", async () => {
    const time = new VirtualTime();
    const wake = new Wake();
    wake.ring();
    wake.ring();
    await wake.wait(time.clock, 1_000, forever);
    let woken = false;
    void wake.wait(time.clock, 1_000, forever).then(() => (woken = true));
    await time.pass(999);
    expect(woken).toBe(false);
    await time.pass(1);
    expect(woken).toBe(true);
  });

  test("a ring during the wait ends it at once", async () => {
    const time = new VirtualTime();
    const wake = new Wake();
    let woken = false;
    void wake.wait(time.clock, 60_000, forever).then(() => (woken = true));
    wake.ring();
    await settled();
    expect(woken).toBe(true);
  });

  test("a wait for something that is due in no time lets time pass", async () => {
    const time = new VirtualTime();
    const wake = new Wake();
    const beganAtMs = time.clock.nowMs();
    let endedAtMs = 0;
    void wake.wait(time.clock, 1e-7, forever).then(() => (endedAtMs = time.clock.nowMs()));
    await time.pass(5);

    expect(endedAtMs).toBeGreaterThan(beganAtMs);
  });

  test("a wait that a ring ended does not shorten the next one, and the signal ends any", async () => {
    const time = new VirtualTime();
    const stop = new AbortController();
    const wake = new Wake();
    const ends: string[] = [];
    const wait = (name: string, timeoutMs: number) =>
      void wake.wait(time.clock, timeoutMs, stop.signal).then(() => ends.push(name));
    wait("rung", 1_000);
    await time.pass(600);
    wake.ring();
    await settled();
    wait("in full", 1_000);
    await time.pass(999);
    expect(ends).toEqual(["rung"]);
    await time.pass(1);
    expect(ends).toEqual(["rung", "in full"]);
    wait("sooner than the alarm", 60_000);
    wake.ring();
    await settled();
    wait("soon", 10);
    await time.pass(10);
    wait("stopped", 60_000);
    await settled();
    stop.abort();
    await settled();

    expect(ends).toEqual(["rung", "in full", "sooner than the alarm", "soon", "stopped"]);
  });
});

test("a limiter keeps order and never runs more than its number, whatever fails", async () => {
  const limiter = new Limiter(2);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const task = (index: number) =>
    limiter.run(async () => {
      began.push(index);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (index === 0) throw new Error("failed");
    });
  const all = [0, 1, 2, 3].map((index) => task(index).catch(() => undefined));
  await settled();
  expect(began).toEqual([0, 1]);
  ends[0]?.();
  await settled();
  expect(began).toEqual([0, 1, 2]);
  for (const end of ends) end();
  await settled();
  ends[3]?.();
  await Promise.all(all);
  expect(began).toEqual([0, 1, 2, 3]);
});

describe("a census", () => {
  function listing(): { provider: Provider; answers: ((instances: Instance[]) => void)[] } {
    const answers: ((instances: Instance[]) => void)[] = [];
    const provider = {
      name: "host",
      listOwned: () => new Promise<Instance[]>((resolve) => answers.push(resolve)),
    } as unknown as Provider;
    return { provider, answers };
  }

  test("pools that ask at the same time share one list", async () => {
    const time = new VirtualTime();
    const { provider, answers } = listing();
    const census = new Census(provider, "acme", time.clock, 60_000);
    const looks = [census.look(0, forever), census.look(0, forever)];
    answers[0]?.([{ installation: "acme", pool: "linux", runner: "a", launchedAtMs: 0, phase: "running" }]);
    const [one, other] = await Promise.all(looks);
    expect(answers).toHaveLength(1);
    expect(one).toBe(other);
    expect(one?.byPool.get("linux")?.has("a")).toBe(true);
  });

  test("a list that began too early is waited out and not handed on", async () => {
    const time = new VirtualTime();
    const { provider, answers } = listing();
    const census = new Census(provider, "acme", time.clock, 60_000);
    const early = census.look(0, forever);
    await time.pass(10);
    const late = census.look(10, forever);
    answers[0]?.([]);
    await early;
    await settled();
    answers[1]?.([]);
    expect((await late).beganAtMs).toBe(10);
  });
});

describe("the recorder", () => {
  test("flushing means: in the journal", async () => {
    const time = new VirtualTime();
    const journal = createMemoryJournal();
    const recorder = new Recorder(journal, time.clock);
    recorder.record({ kind: "seen", pool: "linux", job: "1" });
    await recorder.flush(forever);
    expect(await journal.read({ job: "1" }, { signal: forever })).toMatchObject([{ kind: "seen", job: "1" }]);
  });

  test("a full disk stops nothing, is shown, and is over when a write succeeds again", async () => {
    const time = new VirtualTime();
    let full = true;
    const journal = createMemoryJournal();
    const recorder = new Recorder(
      {
        ...journal,
        append: (entries, options) =>
          full ? Promise.reject(new Error("no space left on device")) : journal.append(entries, options),
      },
      time.clock,
    );
    recorder.record({ kind: "seen", pool: "linux" });
    await recorder.flush(forever);
    expect(recorder.failure?.message).toBe("no space left on device");
    expect(recorder.events(0, 10)).toHaveLength(1);
    full = false;
    recorder.record({ kind: "matched", pool: "linux" });
    await recorder.flush(forever);
    expect(recorder.failure).toBeUndefined();
  });
});

test("a demand source that fails is shown and started again, with growing pauses, until it is told to stop", async () => {
  const time = new VirtualTime();
  const stop = new AbortController();
  const startedAtMs: number[] = [];
  const states: DemandSourceState[] = [];
  const source: DemandSource = {
    run: () => {
      startedAtMs.push(time.clock.nowMs());
      return Promise.reject(new Error("GitHub said no"));
    },
  };
  const sink = {
    capacity: () => 0,
    accept: () => Promise.resolve(),
    report: (state: DemandSourceState) => void states.push(state),
  };
  const running = superviseSource(source, sink, time.clock, stop.signal);
  await time.pass(15_000);
  stop.abort();
  await running;
  expect(startedAtMs).toEqual([0, 2_000, 6_000, 14_000]);
  expect(states[0]).toMatchObject({ kind: "retrying", message: "GitHub said no", nextAttemptAtMs: 2_000 });
  expect(states.at(-1)).toMatchObject({ sinceMs: 0, nextAttemptAtMs: 30_000 });
});

test("a demand source that ends by itself is no reason to spin: it is shown, waited for and started again", async () => {
  const time = new VirtualTime();
  const stop = new AbortController();
  const startedAtMs: number[] = [];
  const states: DemandSourceState[] = [];
  const source: DemandSource = {
    run: () => {
      startedAtMs.push(time.clock.nowMs());
      // A source that spins would never let the test go on.
      return startedAtMs.length > 50 ? new Promise(() => undefined) : Promise.resolve();
    },
  };
  const report = (state: DemandSourceState) => void states.push(state);
  const running = superviseSource(
    source,
    { capacity: () => 0, accept: () => Promise.resolve(), report },
    time.clock,
    stop.signal,
  );
  await time.pass(7_000);
  stop.abort();
  await running;
  expect(startedAtMs).toEqual([0, 2_000, 6_000]);
  expect(states[0]).toMatchObject({ kind: "retrying", code: "source-failed" });
});
