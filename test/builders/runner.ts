import type { InstanceEnd } from "../../src/core/ports/provider.ts";
import type { PoolSnapshot, PoolTarget } from "../../src/core/pool/plan.ts";
import { noMisses, type Runner } from "../../src/core/runner/runner.ts";
import type { Deadlines } from "../../src/core/runner/verdict.ts";

export const startMs = 1_000_000_000;
export const minuteMs = 60_000;
export const deadlines: Deadlines = { bootMs: 5 * minuteMs, jobMs: 360 * minuteMs, confirmMs: minuteMs };

/** A runner that is booting; a test says only what matters to it. */
export function booting(name: string, changes: Partial<Runner> = {}): Runner {
  return {
    name,
    pool: "linux",
    provider: "host",
    reservedAtMs: startMs,
    adopted: false,
    instance: { kind: "live", launchedAtMs: startMs, misses: noMisses },
    registration: { kind: "offline", sinceMs: startMs, misses: noMisses },
    assignment: { kind: "none" },
    ending: undefined,
    end: undefined,
    ...changes,
  };
}

export function idle(name: string, sinceMs = startMs, changes: Partial<Runner> = {}): Runner {
  return booting(name, { registration: { kind: "online", sinceMs, misses: noMisses }, ...changes });
}

export function busy(name: string, sinceMs = startMs, changes: Partial<Runner> = {}): Runner {
  return idle(name, sinceMs, {
    assignment: { kind: "running", jobId: `job-of-${name}`, sinceMs, witness: "session" },
    ...changes,
  });
}

export function ended(name: string, end: Partial<InstanceEnd> = {}, changes: Partial<Runner> = {}): Runner {
  const whole = { endedAtMs: startMs, exitCode: 0, signal: null, lastLines: [], ...end };
  return booting(name, { instance: { kind: "ended", launchedAtMs: startMs, end: whole }, end: whole, ...changes });
}

export function target(changes: Partial<PoolTarget> = {}): PoolTarget {
  return {
    pool: "linux",
    minIdle: 0,
    max: 10,
    served: 0,
    idleGraceMs: 5 * minuteMs,
    deadlines,
    accepting: true,
    placements: [{ provider: "host", max: 10, fullUntilMs: 0 }],
    launchAllowance: Number.POSITIVE_INFINITY,
    ...changes,
  };
}

export function snapshot(runners: readonly Runner[], changes: Partial<PoolSnapshot> = {}): PoolSnapshot {
  return { runners, nowMs: startMs, incarnation: "aaaabbbbbb", nextSerial: 1, observed: true, ...changes };
}
