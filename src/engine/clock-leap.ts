import type { Clock } from "../core/ports/clock.ts";
import type { Runner } from "../core/runner/runner.ts";
import type { PoolState } from "./pool-state.ts";

/** A busy machine may keep a pass waiting for so long, in milliseconds, without the clock having been set. */
const toleranceMs = 30_000;

/**
 * A clock that tells when it leapt (F28): an operator or a time server set it, or the machine slept. Whoever reads it learns of the
 * leap before the time, so that no instant from before is compared with one from after.
 *
 * @param readEveryMs how often it is read at least; what passed beyond that between two readings, nobody lived through.
 */
export function leapAware(clock: Clock, readEveryMs: number, onLeap: (byMs: number) => void): Clock {
  let lastMs = clock.nowMs();
  return {
    nowMs: () => {
      const nowMs = clock.nowMs();
      const passedMs = nowMs - lastMs;
      lastMs = nowMs;
      if (passedMs < 0) onLeap(passedMs);
      else if (passedMs > readEveryMs + toleranceMs) onLeap(passedMs - readEveryMs);
      return nowMs;
    },
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
    deadline: (signal, timeoutMs) => clock.deadline(signal, timeoutMs),
  };
}

/** Moves every instant that the pool measures spans from, so that the spans stay what they were. */
export function shiftInstants(state: PoolState, byMs: number): void {
  for (const runner of state.runners.values()) state.put(shiftedRunner(runner, byMs));
  for (const [code, problem] of state.problems) {
    state.problems.set(code, { ...problem, sinceMs: problem.sinceMs + byMs });
  }
  for (const instants of [state.fullUntilMs, state.endedWellAtMs]) {
    for (const [name, atMs] of instants) instants.set(name, atMs + byMs);
  }
  const { retry, source } = state;
  state.retry = {
    ...retry,
    failingSinceMs: retry.failingSinceMs + byMs,
    lastFailureAtMs: retry.lastFailureAtMs + byMs,
    recentAtMs: retry.recentAtMs.map((atMs) => atMs + byMs),
  };
  state.source = { ...source, sinceMs: source.sinceMs + byMs };
  state.ledger.shiftInstants(byMs);
}

function shiftedRunner(runner: Runner, byMs: number): Runner {
  const { instance, registration, assignment, ending } = runner;
  return {
    ...runner,
    reservedAtMs: runner.reservedAtMs + byMs,
    instance: shifted(instance, byMs),
    registration: shifted(registration, byMs),
    assignment: shifted(assignment, byMs),
    ending: ending && shifted(ending, byMs),
  };
}

const instantNames = ["atMs", "sinceMs", "launchedAtMs", "firstAtMs", "retryAtMs", "stopAcceptedAtMs"];

/** A fact with its instants moved, those of its misses included. */
function shifted<Fact extends object>(fact: Fact, byMs: number): Fact {
  return Object.fromEntries(
    Object.entries(fact).map(([name, value]: [string, unknown]) => {
      if (typeof value === "number" && instantNames.includes(name)) return [name, value + byMs];
      return [name, name === "misses" ? shifted(value as object, byMs) : value];
    }),
  ) as Fact;
}
