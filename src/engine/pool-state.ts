import type { DemandSourceState } from "../core/ports/demand-source.ts";
import type { Instance } from "../core/ports/provider.ts";
import type { Demand } from "../core/ledger/demand.ts";
import { Ledger } from "../core/ledger/ledger.ts";
import { noFailures, type Hold, type RetryState } from "../core/pool/retry.ts";
import { noMisses, type Runner } from "../core/runner/runner.ts";

const goneKept = 200;

/** A runner that is over, kept for `runners`, `why` and the post-mortem. */
export interface GoneRunner {
  readonly runner: Runner;
  readonly goneAtMs: number;
}

/** Everything one pool believes. Only its own loop, its tasks and its demand source change it, all on one thread. */
export class PoolState {
  readonly ledger = new Ledger();
  readonly runners = new Map<string, Runner>();
  readonly gone: GoneRunner[] = [];
  /** Runners with a launch or a release under way. */
  readonly tasks = new Set<string>();
  readonly problems = new Map<string, { readonly message: string; readonly sinceMs: number }>();
  readonly fullUntilMs = new Map<string, number>();
  /** Runners that ended well while GitHub's counts still include their jobs. */
  readonly endedWellAtMs = new Map<string, number>();
  retry: RetryState = noFailures;
  nextSerial = 1;
  source: DemandSourceState = { kind: "connecting", sinceMs: 0 };
  /** Providers whose complete list was read at least once. */
  readonly seenProviders = new Set<string>();
  demand: Demand = { counted: 0, named: 0, served: 0, observedAtMs: undefined, disagreement: undefined };
  hold: Hold | undefined;
  wanted = 0;
  capacity = 0;

  put(runner: Runner): void {
    this.runners.set(runner.name, runner);
  }

  /** Changes a runner that still exists; one that is gone stays gone. */
  update(name: string, change: (runner: Runner) => Runner): Runner | undefined {
    const runner = this.runners.get(name);
    if (runner === undefined) return undefined;
    const changed = change(runner);
    this.runners.set(name, changed);
    return changed;
  }

  bury(name: string, nowMs: number): void {
    const runner = this.runners.get(name);
    if (runner === undefined) return;
    this.runners.delete(name);
    this.settle(`release:${name}`);
    this.gone.push({ runner, goneAtMs: nowMs });
    if (this.gone.length > goneKept) this.gone.shift();
  }

  raise(code: string, message: string, nowMs: number): void {
    this.problems.set(code, { message, sinceMs: this.problems.get(code)?.sinceMs ?? nowMs });
  }

  settle(code: string): void {
    this.problems.delete(code);
  }
}

/** The record of an instance that an earlier incarnation made: the mark at the provider is all there is. */
export function adoptedInstance(instance: Instance, provider: string, nowMs: number): Runner {
  return {
    name: instance.runner,
    pool: instance.pool,
    provider,
    reservedAtMs: nowMs,
    adopted: true,
    instance:
      instance.phase === "ended"
        ? { kind: "ended", launchedAtMs: instance.launchedAtMs, end: instance.end }
        : { kind: "live", launchedAtMs: instance.launchedAtMs, misses: noMisses },
    // Nobody has looked yet; asking to deregister an unknown name is harmless, forgetting a known one is a leak.
    registration: { kind: "requested", atMs: nowMs },
    assignment: { kind: "none" },
    ending: undefined,
    end: instance.phase === "ended" ? instance.end : undefined,
  };
}

/** The record of a registration under our name that no provider shows. */
export function adoptedRegistration(name: string, pool: string, nowMs: number): Runner {
  return {
    name,
    pool,
    provider: undefined,
    reservedAtMs: nowMs,
    adopted: true,
    instance: { kind: "none" },
    registration: { kind: "offline", sinceMs: nowMs, misses: noMisses },
    assignment: { kind: "none" },
    ending: undefined,
    end: undefined,
  };
}

export function reservedRunner(name: string, pool: string, provider: string, nowMs: number): Runner {
  return {
    name,
    pool,
    provider,
    reservedAtMs: nowMs,
    adopted: false,
    instance: { kind: "none" },
    registration: { kind: "none" },
    assignment: { kind: "none" },
    ending: undefined,
    end: undefined,
  };
}
