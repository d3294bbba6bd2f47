import { CapacityError, LaunchError, RunnerNameTakenError } from "../core/ports/errors.ts";
import type { Provider } from "../core/ports/provider.ts";
import { noMisses } from "../core/runner/runner.ts";
import { beginEnding } from "./ending.ts";
import type { PoolContext } from "./pool-context.ts";
import { reservedRunner } from "./pool-state.ts";

/**
 * One attempt at one runner: reserve the name, ask GitHub for its credential, hand it to the provider. Whatever fails ends the
 * attempt, never the demand: the next pass plans a new runner under a new name, because a credential is spent once.
 */
export async function launchRunner(context: PoolContext, name: string, provider: Provider): Promise<void> {
  const { state, parts, options, ports, signal } = context;
  const { clock, recorder, pace } = parts;
  state.put(reservedRunner(name, options.name, provider.name, clock.nowMs()));
  recorder.record({ kind: "reserved", pool: options.name, runner: name, reason: `at ${provider.name}` });
  await context.limiter.run(async () => {
    if (!context.isAccepting()) {
      endAttempt(context, name, "shutdown", "the pool takes no new runners");
      return;
    }
    let credential;
    state.update(name, (runner) => ({ ...runner, registration: { kind: "requested", atMs: clock.nowMs() } }));
    try {
      const registered = await ports.registry.register(name, { signal: clock.deadline(signal, pace.registryCallMs) });
      credential = registered.credential;
    } catch (error) {
      // A taken name is our own first request whose answer was lost (F24): its credential is lost too, so the name goes.
      const why = error instanceof RunnerNameTakenError ? "the answer to its registration was lost" : messageOf(error);
      endAttempt(context, name, "credential-failed", why);
      return;
    }
    const registeredAtMs = clock.nowMs();
    state.update(name, (runner) => ({
      ...runner,
      registration: { kind: "offline", sinceMs: registeredAtMs, misses: noMisses },
    }));
    recorder.record({ kind: "credential", pool: options.name, runner: name });
    if (!context.isAccepting()) {
      endAttempt(context, name, "shutdown", "the pool takes no new runners");
      return;
    }
    state.update(name, (runner) => ({
      ...runner,
      instance: { kind: "requested", atMs: clock.nowMs(), answer: "awaited", misses: noMisses },
    }));
    try {
      await provider.launch(
        { installation: parts.installation, pool: options.name, runner: name, credential },
        { signal: clock.deadline(signal, pace.providerCallMs) },
      );
    } catch (error) {
      if (error instanceof CapacityError) {
        state.fullUntilMs.set(provider.name, clock.nowMs() + pace.fullMs);
        notLaunched(context, name, error.message);
      } else if (error instanceof LaunchError) {
        notLaunched(context, name, error.message);
      } else {
        // It may have been made all the same: the provider's lists will tell.
        noteAnswer(context, name, "lost");
        recorder.record({ kind: "launch-unanswered", pool: options.name, runner: name, reason: messageOf(error) });
      }
      context.lookAtInstances(provider.name);
      return;
    }
    noteAnswer(context, name, "given");
    recorder.record({ kind: "created", pool: options.name, runner: name, reason: `at ${provider.name}` });
    context.lookAtInstances(provider.name);
  });
}

/** From now on a list that lacks the instance says something. */
function noteAnswer(context: PoolContext, name: string, answer: "given" | "lost"): void {
  const atMs = context.parts.clock.nowMs();
  context.state.update(name, (runner) =>
    runner.instance.kind === "requested" ? { ...runner, instance: { ...runner.instance, atMs, answer } } : runner,
  );
}

/** The provider said that nothing was made. */
function notLaunched(context: PoolContext, name: string, why: string): void {
  context.state.update(name, (runner) => ({ ...runner, instance: { kind: "none" } }));
  endAttempt(context, name, "launch-failed", why);
}

function endAttempt(
  context: PoolContext,
  name: string,
  reason: "shutdown" | "credential-failed" | "launch-failed",
  why: string,
): void {
  beginEnding(context, name, { reason, forced: false }, why);
  context.wake.ring();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
