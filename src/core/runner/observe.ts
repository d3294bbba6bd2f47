import type { Instance } from "../ports/provider.ts";
import type { Registration } from "../ports/runner-registry.ts";
import { noMisses, type Misses, type Runner } from "./runner.ts";
import { isMissing, type Deadlines } from "./verdict.ts";

/** One complete list of a provider or of the registry. What began before an act says nothing about it. */
export interface Look {
  readonly beganAtMs: number;
  readonly nowMs: number;
  readonly deadlines: Deadlines;
}

/** Notes what a provider's complete list said about one runner; `instance` is undefined when the list lacks it. */
export function observeInstance(runner: Runner, instance: Instance | undefined, look: Look): Runner {
  const known = runner.instance;
  if (instance !== undefined) {
    if (instance.phase === "ended") {
      if (known.kind === "ended") return runner;
      const { launchedAtMs, end } = instance;
      return { ...runner, instance: { kind: "ended", launchedAtMs, end }, end };
    }
    if (known.kind === "live" && known.misses.count === 0) return runner;
    // A process that ended does not come back: this list is older than what we know.
    if (known.kind === "ended") return runner;
    const { launchedAtMs } = known.kind === "live" ? known : instance;
    return { ...runner, instance: { kind: "live", launchedAtMs, misses: noMisses } };
  }
  switch (known.kind) {
    case "none":
    case "gone":
      return runner;
    case "ended":
      return { ...runner, instance: { kind: "gone", sinceMs: look.nowMs } };
    case "requested":
      // A launch may take minutes; until its call is over, its instance has no reason to be listed.
      if (known.answer === "awaited" || known.atMs >= look.beganAtMs) return runner;
      if (isRemovalConfirmed(runner, look)) return { ...runner, instance: { kind: "gone", sinceMs: look.nowMs } };
      return { ...runner, instance: { ...known, misses: oneMore(known.misses, look.nowMs) } };
    case "live": {
      if (known.launchedAtMs >= look.beganAtMs) return runner;
      const misses = oneMore(known.misses, look.nowMs);
      if (isRemovalConfirmed(runner, look) || isMissing(misses, look.nowMs, look.deadlines)) {
        return { ...runner, instance: { kind: "gone", sinceMs: look.nowMs } };
      }
      return { ...runner, instance: { ...known, misses } };
    }
    default:
      return known satisfies never;
  }
}

/** Notes what the registry's complete list said. A registration that two lists lack is asked for by name before it counts as gone. */
export function observeRegistration(runner: Runner, registration: Registration | undefined, look: Look): Runner {
  return observeBusy(observePresence(runner, registration, look), registration, look);
}

/**
 * GitHub's busy flag protects, and never condemns: a runner whose job start nobody told us of (a restart, a message cut off) is at
 * work when GitHub says so, also before its provider has shown it. That it is not busy says nothing (F1, F2).
 */
export function observeBusy(runner: Runner, registration: Registration | undefined, look: Look): Runner {
  const { instance } = runner;
  const mayWork = instance.kind === "live" || (instance.kind === "none" && runner.adopted);
  if (registration?.busy !== true || runner.assignment.kind !== "none" || !mayWork) return runner;
  const { nowMs } = look;
  return { ...runner, assignment: { kind: "running", jobId: undefined, sinceMs: nowMs, witness: "registry" } };
}

function observePresence(runner: Runner, registration: Registration | undefined, look: Look): Runner {
  const known = runner.registration;
  if (registration !== undefined) {
    const kind = registration.online ? "online" : "offline";
    if (known.kind === kind) {
      return known.misses.count === 0 ? runner : { ...runner, registration: { ...known, misses: noMisses } };
    }
    // What was learned after the list began (a removal, a job start) is not undone by it.
    if (known.kind !== "none" && known.kind !== "requested" && known.sinceMs >= look.beganAtMs) return runner;
    return { ...runner, registration: { kind, sinceMs: look.nowMs, misses: noMisses } };
  }
  if (known.kind !== "online" && known.kind !== "offline") return runner;
  if (known.sinceMs >= look.beganAtMs) return runner;
  return { ...runner, registration: { ...known, misses: oneMore(known.misses, look.nowMs) } };
}

/** True when the lists have lacked the registration often enough to ask for it by name. */
export function registrationNeedsALook(runner: Runner, nowMs: number, deadlines: Deadlines): boolean {
  const known = runner.registration;
  return (known.kind === "online" || known.kind === "offline") && isMissing(known.misses, nowMs, deadlines);
}

function isRemovalConfirmed(runner: Runner, look: Look): boolean {
  const acceptedAtMs = runner.ending?.stopAcceptedAtMs;
  return acceptedAtMs !== undefined && acceptedAtMs <= look.beganAtMs;
}

function oneMore(misses: Misses, nowMs: number): Misses {
  return { count: misses.count + 1, firstAtMs: misses.count === 0 ? nowMs : misses.firstAtMs };
}
