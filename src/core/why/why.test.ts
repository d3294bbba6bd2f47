import { describe, expect, test } from "vitest";
import { booting, busy, ended, idle, startMs } from "../../../test/builders/runner.ts";
import { job } from "../../../test/builders/facts.ts";
import type { Job, JobState } from "../ledger/job.ts";
import { chainOf } from "./chain.ts";
import { explainWait, type WaitContext } from "./verdict.ts";

const jobIn = (state: JobState): Job => ({ identity: job("1"), seenAtMs: startMs, state, assignments: 1 });
const waiting = jobIn({ kind: "assigned", sinceMs: startMs });

function explain(changes: Partial<WaitContext>, of = waiting) {
  return explainWait(of, {
    nowMs: startMs + 10_000,
    pool: "linux",
    max: 1,
    accepting: true,
    source: { kind: "connected", sinceMs: startMs },
    hold: undefined,
    runners: [],
    problems: [],
    ...changes,
  });
}

describe("the verdict names the nearest cause", () => {
  test("a drained pool", () => {
    expect(explain({ accepting: false })).toEqual({
      verdict: "Pool linux is drained and starts no new runners.",
      release: "`drover drain linux --resume`, or another pool with the same labels.",
    });
  });

  test("a session that GitHub refuses", () => {
    const source = {
      kind: "retrying",
      sinceMs: startMs,
      code: "session-conflict",
      message: "another holder has it.",
      nextAttemptAtMs: startMs + 15_000,
    } as const;
    expect(explain({ source }).verdict).toBe("Pool linux has no session with GitHub: another holder has it.");
    expect(explain({ source }).release).toBe("The next attempt, in 5 s.");
  });

  test("a runner that boots, and how long it has", () => {
    expect(explain({ runners: [booting("linux-1")] }).verdict).toBe(
      "Runner linux-1 is being made for the queue (10 s so far), 1 in all.",
    );
  });

  test("an idle runner that GitHub has not used yet", () => {
    expect(explain({ runners: [idle("linux-1")] }).verdict).toContain("online and idle");
  });

  test("launches that are held after failures", () => {
    const hold = { untilMs: startMs + 20_000, reason: "3 failed attempts in a row (last: exit code 1)" };
    expect(explain({ hold }).verdict).toBe(
      "Launches of pool linux wait: 3 failed attempts in a row (last: exit code 1).",
    );
  });

  test("a full pool", () => {
    expect(explain({ runners: [busy("linux-1")] }).verdict).toBe(
      "Pool linux is full: 1 of at most 1 runners exist, 1 of them work.",
    );
  });

  test("a problem of the pool", () => {
    expect(explain({ problems: ["The list of host failed."] }).verdict).toContain("The list of host failed.");
  });

  test("a job whose runner died does not read as running", () => {
    const runs = jobIn({ kind: "running", sinceMs: startMs, runner: "linux-1" });
    const dead = ended("linux-1", { exitCode: null, signal: "SIGKILL", lastLines: ["Running job: build"] });

    expect(explain({ runners: [dead] }, runs)).toEqual({
      verdict:
        "Its runner linux-1 ended (by SIGKILL), but GitHub still counts it as running. The runner's last line: Running job: build",
      release: "GitHub's own deadline for a lost runner, about ten minutes; the job fails then and can be run again.",
    });
    expect(explain({ runners: [busy("linux-1")] }, runs).verdict).toBe("It runs on linux-1.");
  });

  test("jobs that no longer wait", () => {
    expect(explain({}, jobIn({ kind: "running", sinceMs: startMs, runner: "linux-1" })).verdict).toBe(
      "It runs on linux-1.",
    );
    expect(explain({}, jobIn({ kind: "doubted", sinceMs: startMs })).release).toBe("GitHub naming it again.");
    const ended = {
      kind: "completed",
      sinceMs: startMs,
      result: "canceled",
      runner: undefined,
      startedAtMs: undefined,
    } as const;
    expect(explain({}, jobIn(ended)).verdict).toBe("It ended (canceled) before any runner took it.");
  });
});

test("the chain shows what is done, what is waited for, and what no witness could see", () => {
  const entry = (kind: string, atMs: number) => ({ kind, atMs, pool: "linux", sequence: atMs });
  const chain = chainOf([
    entry("seen", 1),
    entry("matched", 1),
    entry("admitted", 1),
    entry("reserved", 2),
    entry("created", 4),
  ]);
  const states = Object.fromEntries(chain.map(({ link, state }) => [link, state]));
  expect(states).toMatchObject({
    seen: "done",
    credential: "not-observed",
    created: "done",
    scheduled: "waiting",
    started: "not-reached",
  });
});
