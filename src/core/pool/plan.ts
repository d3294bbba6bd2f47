import { idleSinceMs, mayExist, phaseOf, type EndingReason, type Runner } from "../runner/runner.ts";
import { judge, type Deadlines } from "../runner/verdict.ts";
import { runnerName } from "../runner/name.ts";
import { roomIn, type Placement } from "./placement.ts";

/** What a pool should be now. */
export interface PoolTarget {
  readonly pool: string;
  /** Runners kept idle on top of those that work. */
  readonly minIdle: number;
  /** Bounds everything that exists and can cost money. */
  readonly max: number;
  /** Jobs to serve: waiting plus running. */
  readonly served: number;
  readonly idleGraceMs: number;
  readonly deadlines: Deadlines;
  /** False while the pool drains or the program stops: no launches, idle runners go at once. */
  readonly accepting: boolean;
  readonly placements: readonly Placement[];
  /** How many launches may start now: 0 while held, 1 while probing. */
  readonly launchAllowance: number;
}

export interface PoolSnapshot {
  readonly runners: Iterable<Runner>;
  readonly nowMs: number;
  readonly incarnation: string;
  readonly nextSerial: number;
  /** False until one complete look at providers and registry: nothing is launched or condemned blindly after a start. */
  readonly observed: boolean;
}

export type Action =
  | { readonly kind: "launch"; readonly runner: string; readonly provider: string }
  /** Deregister first, then stop; `forced` stops even when GitHub refuses. */
  | { readonly kind: "release"; readonly runner: string; readonly reason: EndingReason; readonly forced: boolean };

export interface Plan {
  readonly actions: readonly Action[];
  readonly wanted: number;
  readonly present: number;
}

/**
 * What must change for the pool to meet its demand. Pure: the same snapshot gives the same actions, so that a crash, a lost event
 * or a double run is repaired by planning again.
 */
export function plan(target: PoolTarget, snapshot: PoolSnapshot): Plan {
  const wanted = target.accepting ? Math.min(target.max, target.minIdle + target.served) : 0;
  if (!snapshot.observed) return { actions: [], wanted, present: 0 };
  const { nowMs } = snapshot;
  const actions: Action[] = [];
  const present: Runner[] = [];
  const usedByProvider = new Map<string, number>();
  let existing = 0;
  for (const runner of snapshot.runners) {
    if (mayExist(runner)) {
      existing += 1;
      if (runner.provider !== undefined) {
        usedByProvider.set(runner.provider, (usedByProvider.get(runner.provider) ?? 0) + 1);
      }
    }
    if (runner.ending !== undefined) {
      if (nowMs >= runner.ending.retryAtMs) actions.push(release(runner, runner.ending.reason, runner.ending.forced));
      continue;
    }
    const verdict = judge(runner, nowMs, target.deadlines);
    if (verdict !== undefined) actions.push(release(runner, verdict.reason, verdict.forced));
    // A runner that is done with its job, or has no instance behind it, is no capacity.
    else if (runner.assignment.kind !== "over" && mayExist(runner)) present.push(runner);
  }
  const missing = Math.min(wanted - present.length, target.max - existing, target.launchAllowance);
  if (missing > 0) {
    actions.push(...launches(target, snapshot, roomIn(target.placements, usedByProvider, nowMs), missing));
  } else if (present.length > wanted) {
    actions.push(...surplus(target, present, nowMs, present.length - wanted));
  }
  return { actions, wanted, present: present.length };
}

/** How many unfinished jobs the pool can hold: what GitHub is told with each poll. */
export function capacityOf(
  target: PoolTarget,
  present: number,
  presentByProvider: ReadonlyMap<string, number>,
  nowMs: number,
): number {
  if (!target.accepting) return 0;
  if (target.launchAllowance === 0) return Math.min(target.max, present);
  const makeable = roomIn(target.placements, presentByProvider, nowMs).reduce((sum, { room }) => sum + room, present);
  return Math.min(target.max, makeable);
}

function release(runner: Runner, reason: EndingReason, forced: boolean): Action {
  return { kind: "release", runner: runner.name, reason, forced };
}

function launches(
  target: PoolTarget,
  snapshot: PoolSnapshot,
  rooms: readonly { readonly provider: string; readonly room: number }[],
  count: number,
): readonly Action[] {
  const actions: Action[] = [];
  for (const { provider, room } of rooms) {
    for (let taken = 0; taken < room && actions.length < count; taken += 1) {
      // A serial within this incarnation: planning again before it is applied asks for the same runner again.
      const runner = runnerName(target.pool, snapshot.incarnation, snapshot.nextSerial + actions.length);
      actions.push({ kind: "launch", runner, provider });
    }
  }
  return actions;
}

/** The longest idle first. While draining, those that still boot go too: no job can reach them any more. */
function surplus(target: PoolTarget, present: readonly Runner[], nowMs: number, count: number): readonly Action[] {
  const graceMs = target.accepting ? target.idleGraceMs : 0;
  return present
    .filter((runner) => {
      const phase = phaseOf(runner);
      return phase === "idle" || (phase === "starting" && !target.accepting && runner.instance.kind === "live");
    })
    .filter((runner) => nowMs - idleSinceMs(runner) >= graceMs)
    .sort((left, right) => idleSinceMs(left) - idleSinceMs(right))
    .slice(0, count)
    .map((runner) => release(runner, target.accepting ? "surplus" : "draining", false));
}
