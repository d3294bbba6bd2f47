import type { RegistryList } from "../core/ports/runner-registry.ts";
import {
  observeBusy,
  observeInstance,
  observeRegistration,
  registrationNeedsALook,
  type Look,
} from "../core/runner/observe.ts";
import { noMisses, phaseOf, type AssignmentFact, type Runner } from "../core/runner/runner.ts";
import { afterSuccess } from "../core/pool/retry.ts";
import { parseRunnerName } from "../core/runner/name.ts";
import type { CensusLook } from "./census.ts";
import type { PoolContext } from "./pool-context.ts";
import { adoptedInstance, adoptedRegistration } from "./pool-state.ts";

/** Applies a provider's complete list to the pool: notes what lives, adopts what is ours and unknown. */
export function applyInstances(context: PoolContext, look: CensusLook): void {
  const { state, parts, options } = context;
  const nowMs = parts.clock.nowMs();
  const here = look.byPool.get(options.name);
  const view: Look = { beganAtMs: look.beganAtMs, nowMs, deadlines: options.deadlines };
  for (const runner of state.runners.values()) {
    const instance = here?.get(runner.name);
    // An orphan registration's instance may turn up at any provider.
    if (runner.provider !== look.provider && !(runner.provider === undefined && instance !== undefined)) continue;
    const seen = observeInstance(runner, instance, view);
    if (seen === runner) continue;
    const placed = seen.provider === undefined ? { ...seen, provider: look.provider } : seen;
    state.put(placed);
    if (placed.instance.kind === "live" && runner.instance.kind === "requested") {
      parts.recorder.record({ kind: "booted", pool: options.name, runner: runner.name });
    }
    const endedWell = placed.instance.kind === "ended" && placed.instance.end.exitCode === 0;
    if (endedWell && runner.ending === undefined && runner.assignment.kind !== "over") {
      state.endedWellAtMs.set(runner.name, nowMs);
    }
  }
  for (const instance of here?.values() ?? []) {
    if (state.runners.has(instance.runner) || wasBuriedAfter(context, instance.runner, look.beganAtMs)) continue;
    const adopted = adoptedInstance(instance, look.provider, nowMs);
    state.put({ ...adopted, assignment: assignmentOf(context, instance.runner) });
    parts.recorder.record({
      kind: "adopted",
      pool: options.name,
      runner: instance.runner,
      reason: `found at ${look.provider}`,
    });
  }
  state.seenProviders.add(look.provider);
}

/** Applies the registry's complete list: who is online, who is missing, which registrations nobody stands behind. */
export async function applyRegistrations(
  context: PoolContext,
  { beganAtMs, registrations }: RegistryList,
): Promise<void> {
  const { state, parts, options, ports, signal } = context;
  const { clock, pace } = parts;
  const view: Look = { beganAtMs, nowMs: clock.nowMs(), deadlines: options.deadlines };
  const byName = new Map(registrations.map((registration) => [registration.runner, registration]));
  for (const runner of [...state.runners.values()]) {
    const seen = observeRegistration(runner, byName.get(runner.name), view);
    if (seen === runner) continue;
    state.put(seen);
    if (seen.registration.kind === "online" && runner.registration.kind !== "online") registered(context, runner.name);
  }
  for (const registration of registrations) {
    const { runner: name } = registration;
    if (state.runners.has(name) || wasBuriedAfter(context, name, beganAtMs)) continue;
    if (parseRunnerName(name, parts.installation)?.pool !== options.name) continue;
    const orphan = adoptedRegistration(name, options.name, clock.nowMs());
    const found: Runner = {
      ...orphan,
      registration: {
        kind: registration.online ? "online" : "offline",
        sinceMs: clock.nowMs(),
        misses: noMisses,
      },
      assignment: assignmentOf(context, name),
    };
    state.put(observeBusy(found, registration, view));
    parts.recorder.record({ kind: "adopted", pool: options.name, runner: name, reason: "found registered at GitHub" });
  }
  for (const runner of [...state.runners.values()]) {
    if (!registrationNeedsALook(runner, clock.nowMs(), options.deadlines)) continue;
    const exists = await ports.registry.exists(runner.name, { signal: clock.deadline(signal, pace.registryCallMs) });
    state.update(runner.name, (missed) => {
      if (!exists) return { ...missed, registration: { kind: "gone", sinceMs: clock.nowMs() } };
      const { registration } = missed;
      const isListed = registration.kind === "online" || registration.kind === "offline";
      return isListed ? { ...missed, registration: { ...registration, misses: noMisses } } : missed;
    });
  }
}

/** True while the pool waits for a registration to come up or go away, so that lists are worth their price. */
export function registryMoves(runners: Iterable<Runner>): boolean {
  for (const runner of runners) {
    const { registration, ending } = runner;
    if (ending === undefined && (phaseOf(runner) === "starting" || registration.kind === "requested")) return true;
    if ((registration.kind === "online" || registration.kind === "offline") && registration.misses.count > 0)
      return true;
  }
  return false;
}

/** A runner reached GitHub: the attempt succeeded. */
export function registered(context: PoolContext, name: string): void {
  context.state.retry = afterSuccess(context.state.retry);
  context.parts.recorder.record({ kind: "registered", pool: context.options.name, runner: name });
}

/** A job start may have been heard before its runner was found. */
function assignmentOf(context: PoolContext, runner: string): AssignmentFact {
  for (const job of context.state.ledger.unfinished()) {
    if (job.state.kind === "running" && job.state.runner === runner) {
      return { kind: "running", jobId: job.identity.jobId, sinceMs: job.state.sinceMs, witness: "session" };
    }
  }
  return { kind: "none" };
}

/** What a list shows that began before the burial is the past. */
function wasBuriedAfter(context: PoolContext, name: string, beganAtMs: number): boolean {
  return context.state.gone.some((gone) => gone.runner.name === name && gone.goneAtMs >= beganAtMs);
}
