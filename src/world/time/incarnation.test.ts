import { setImmediate as macrotask } from "node:timers/promises";
import { expect, test } from "vitest";
import { Incarnation } from "./incarnation.ts";
import { Scheduler } from "./scheduler.ts";
import { SeededRandom } from "./seeded-random.ts";

function life(): {
  readonly scheduler: Scheduler;
  readonly incarnation: Incarnation;
  readonly pass: (untilMs: number) => Promise<void>;
} {
  const scheduler = new Scheduler(0, new SeededRandom(1));
  return {
    scheduler,
    incarnation: new Incarnation(1, scheduler),
    pass: async (untilMs) => {
      while (scheduler.next(untilMs)) await macrotask();
      scheduler.skipTo(untilMs);
      await macrotask();
    },
  };
}

const { signal } = new AbortController();

test("a sleep ends at its instant, or at once with its signal", async () => {
  const { incarnation, pass } = life();
  const stop = new AbortController();
  const ends: string[] = [];
  void incarnation.clock.sleep(100, signal).then(() => ends.push("rested"));
  incarnation.clock.sleep(1_000, stop.signal).catch((reason: Error) => ends.push(reason.message));
  await pass(99);
  expect(ends).toEqual([]);
  await pass(100);
  stop.abort(new Error("stopped"));
  await pass(100);

  expect(ends).toEqual(["rested", "stopped"]);
});

test("a deadline fires with a TimeoutError for whoever waits on it, and refuses what begins after it", async () => {
  const { incarnation, pass } = life();
  const deadline = incarnation.clock.deadline(signal, 50);
  const ends: string[] = [];
  incarnation.clock.sleep(1_000, deadline).catch((reason: Error) => ends.push(reason.name));
  const unheard = incarnation.clock.deadline(signal, 50);
  await pass(60);
  await incarnation.clock.sleep(1, unheard).catch((reason: Error) => ends.push(reason.name));

  expect(ends).toEqual(["TimeoutError", "TimeoutError"]);
});

test("whoever listens to a deadline hears it, and it fires with its parent", async () => {
  const { incarnation, pass } = life();
  const parent = new AbortController();
  const ends: string[] = [];
  const hear = (name: string, deadline: AbortSignal) =>
    deadline.addEventListener("abort", () => ends.push(`${name} ${(deadline.reason as Error).name}`), { once: true });
  hear("in time", incarnation.clock.deadline(signal, 50));
  hear("with its parent", incarnation.clock.deadline(parent.signal, 1_000));
  hear("in the end", incarnation.clock.deadline(incarnation.clock.deadline(signal, 70), 1_000));
  await pass(60);
  parent.abort(new DOMException("stopped", "AbortError"));
  await pass(70);

  expect(ends).toEqual(["in time TimeoutError", "with its parent AbortError", "in the end TimeoutError"]);
});

test("after the cut nothing of an incarnation acts, `finally` and `catch` included", async () => {
  const { incarnation, pass } = life();
  const stop = new AbortController();
  const acts: string[] = [];
  void (async () => {
    try {
      await incarnation.clock.sleep(100, stop.signal);
      acts.push("slept");
    } catch {
      acts.push("caught");
    } finally {
      acts.push("finally");
    }
  })();
  incarnation.cut();
  stop.abort(new Error("too late"));
  void incarnation.clock.sleep(1, signal).finally(() => acts.push("a later sleep"));
  await pass(10_000);

  expect(acts).toEqual([]);
});
