import { setImmediate as macrotask } from "node:timers/promises";
import { expect, test } from "vitest";
import { Incarnation } from "../time/incarnation.ts";
import { Scheduler } from "../time/scheduler.ts";
import { SeededRandom } from "../time/seeded-random.ts";
import { Trace } from "../trace.ts";
import { Gate, type CallFate } from "./gate.ts";

const { signal } = new AbortController();

/** One call through a gate with this fate: whether it took effect, and what its caller heard and did. */
async function call(fate: Partial<CallFate>, callSignal = signal) {
  const scheduler = new Scheduler(0, new SeededRandom(1));
  const incarnation = new Incarnation(1, scheduler);
  const trace = new Trace({ keepLines: true });
  const crashes: string[] = [];
  const gate = new Gate({
    scheduler,
    trace,
    random: new SeededRandom(2),
    fate: () => ({ thereMs: 10, backMs: 5, ...fate }),
    siteOf: (port, name) => `${port}.${name}`,
    crash: (cut, site, stage) => {
      crashes.push(`${site}/${stage}`);
      cut.cut();
    },
  });
  const heard: string[] = [];
  let effects = 0;
  void (async () => {
    try {
      const result = await gate.call(incarnation, "host", "launch", "x", callSignal, () => {
        effects += 1;
        return "made";
      });
      heard.push(`${result} at ${scheduler.nowMs}`);
      await incarnation.clock.sleep(1, signal);
      heard.push("went on");
    } catch (error) {
      heard.push(`${(error as Error).message} at ${scheduler.nowMs}`);
    } finally {
      heard.push("finally");
    }
  })();
  while (scheduler.next(1_000)) await macrotask();
  await macrotask();
  return { effects, heard, crashes, lines: trace.lines };
}

test("a call is two events: its effect, then its answer", async () => {
  const { effects, heard, lines } = await call({});

  expect({ effects, heard }).toEqual({ effects: 1, heard: ["made at 15", "went on", "finally"] });
  expect(lines).toEqual(["0 #1 host launch x -> called", "15 #1 host launch -> ok"]);
});

test("a refused call has no effect; a lost answer has one", async () => {
  expect(await call({ refuseWith: new Error("full") })).toMatchObject({ effects: 0, heard: ["full at 15", "finally"] });
  expect(await call({ loseAnswerWith: new Error("reset") })).toMatchObject({
    effects: 1,
    heard: ["reset at 15", "finally"],
  });
  expect(await call({ loseAnswerWith: "never" })).toMatchObject({ effects: 1, heard: [] });
});

test("a crash before the effect leaves none, a crash after it leaves one, and the caller hears of neither", async () => {
  expect(await call({ crash: "before" })).toMatchObject({ effects: 0, heard: [], crashes: ["host.launch/before"] });
  expect(await call({ crash: "applied" })).toMatchObject({ effects: 1, heard: [], crashes: ["host.launch/applied"] });
});

test("a crash right after the answer lets the caller act up to its next await, and no further", async () => {
  expect(await call({ crash: "answered" })).toMatchObject({
    effects: 1,
    heard: ["made at 15"],
    crashes: ["host.launch/answered"],
  });
});

test("a call with a spent signal does not begin", async () => {
  const { effects, heard } = await call({}, AbortSignal.abort(new Error("over")));

  expect({ effects, heard }).toEqual({ effects: 0, heard: ["over at 0", "finally"] });
});
