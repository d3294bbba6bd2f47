import { describe, expect, test } from "vitest";
import { booting, busy, deadlines, ended, idle, minuteMs, startMs } from "../../../test/builders/runner.ts";
import { noMisses } from "./runner.ts";
import { isFailedAttempt, judge } from "./verdict.ts";

const after = (minutes: number) => startMs + minutes * minuteMs;

describe("what condemns a runner", () => {
  test("its own process ended", () => {
    expect(judge(ended("a"), startMs, deadlines)).toEqual({ reason: "exited", forced: false });
  });

  test("the boot deadline, as long as nothing was seen of it at GitHub", () => {
    expect(judge(booting("a"), after(4.9), deadlines)).toBeUndefined();
    expect(judge(booting("a"), after(5), deadlines)).toEqual({ reason: "boot-deadline", forced: false });
    expect(judge(idle("a"), after(500), deadlines)).toBeUndefined();
  });

  test("a job's hard deadline, and nothing but that forces", () => {
    expect(judge(busy("a"), after(359), deadlines)).toBeUndefined();
    expect(judge(busy("a"), after(360), deadlines)).toEqual({ reason: "job-deadline", forced: true });
  });

  test("F5 a process that stays after its job is over goes after the confirmation window, unless GitHub refuses", () => {
    const over = busy("a", startMs, {
      assignment: { kind: "over", jobId: "j", result: "succeeded", sinceMs: startMs },
    });
    expect(judge(over, after(0.9), deadlines)).toBeUndefined();
    expect(judge(over, after(1), deadlines)).toEqual({ reason: "hung-after-job", forced: false });
  });

  test("F4 a live runner that GitHub no longer lists goes after the window, never while a job runs on it", () => {
    const ghost = idle("a", startMs, { registration: { kind: "gone", sinceMs: startMs } });
    expect(judge(ghost, after(0.9), deadlines)).toBeUndefined();
    expect(judge(ghost, after(1), deadlines)?.reason).toBe("ghost");
    expect(
      judge({ ...busy("a"), registration: { kind: "gone", sinceMs: startMs } }, after(90), deadlines),
    ).toBeUndefined();
  });

  test("a job that only the registry told of is over when the registration is gone", () => {
    const told = { kind: "running", jobId: undefined, sinceMs: startMs, witness: "registry" } as const;
    const gone = idle("a", startMs, { assignment: told, registration: { kind: "gone", sinceMs: startMs } });
    expect(judge({ ...gone, registration: idle("a").registration }, after(90), deadlines)).toBeUndefined();
    expect(judge(gone, after(1), deadlines)?.reason).toBe("ghost");
  });

  test("F1 GitHub's busy flag alone condemns nobody", () => {
    expect(judge(idle("a", startMs), after(300), deadlines)).toBeUndefined();
  });

  test("a registration under our name without an instance, looked at twice", () => {
    const orphan = booting("a", { adopted: true, instance: { kind: "none" }, provider: undefined });
    expect(judge(orphan, after(0.5), deadlines)).toBeUndefined();
    expect(judge(orphan, after(1), deadlines)?.reason).toBe("orphan-registration");
  });

  test("a launch that nobody answered and two complete lists lack", () => {
    const requested = (count: number) =>
      booting("a", {
        instance: { kind: "requested", atMs: startMs, answer: "lost", misses: { count, firstAtMs: startMs } },
      });
    expect(judge(requested(1), after(10), deadlines)).toBeUndefined();
    expect(judge(requested(2), after(10), deadlines)?.reason).toBe("launch-lost");
    expect(
      judge(
        { ...requested(0), instance: { kind: "requested", atMs: startMs, answer: "given", misses: noMisses } },
        after(10),
        deadlines,
      ),
    ).toBeUndefined();
  });
});

describe("what counts as a failed attempt", () => {
  test("an exit with an error before any job, but not the quiet leave of a runner whose job start was never heard", () => {
    expect(isFailedAttempt("exited", ended("a", { exitCode: 1 }))).toBe(true);
    expect(isFailedAttempt("exited", ended("a", { exitCode: null, signal: "SIGKILL" }))).toBe(true);
    expect(isFailedAttempt("exited", ended("a", { exitCode: 0 }))).toBe(false);
  });

  test("surplus, draining and finished runners are no failures", () => {
    for (const reason of ["surplus", "draining", "finished", "ghost"] as const) {
      expect(isFailedAttempt(reason, idle("a"))).toBe(false);
    }
  });
});
