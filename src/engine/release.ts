import { saysJobIsRunning } from "../core/runner/output.ts";
import type { Runner } from "../core/runner/runner.ts";
import type { Verdict } from "../core/runner/verdict.ts";
import { beginEnding } from "./ending.ts";
import type { PoolContext } from "./pool-context.ts";

const outputBytesLookedAt = 16_384;
const firstRetryMs = 2_000;
const longestRetryMs = 60_000;
const refusedRetryMs = 30_000;

/**
 * Takes one runner away: deregister, then stop. GitHub refuses to deregister a runner that took a job after our snapshot, and that
 * refusal is what protects the job. A failed step is repeated by a later pass; nothing is forgotten before both facts are gone.
 */
export async function releaseRunner(context: PoolContext, name: string, verdict: Verdict): Promise<void> {
  const { state } = context;
  beginEnding(context, name, verdict, undefined);
  await context.limiter.run(async () => {
    try {
      if (!(await deregister(context, name))) return;
      await stop(context, name);
      state.settle(`release:${name}`);
    } catch (error) {
      retryLater(context, name, error);
    }
  });
}

/** True when the instance may be stopped now. */
async function deregister(context: PoolContext, name: string): Promise<boolean> {
  const { state, parts, ports, signal } = context;
  const { clock, recorder, pace } = parts;
  const before = state.runners.get(name);
  if (before === undefined) return false;
  if (before.registration.kind !== "none" && before.registration.kind !== "gone") {
    const outcome = await ports.registry.deregister(name, { signal: clock.deadline(signal, pace.registryCallMs) });
    if (outcome === "job-running" && !(await isForgotten(context, name))) return refused(context, name);
    state.update(name, (runner) => ({ ...runner, registration: { kind: "gone", sinceMs: clock.nowMs() } }));
    recorder.record({ kind: "deregistered", pool: context.options.name, runner: name });
  }
  const after = state.runners.get(name);
  if (after === undefined) return false;
  if (after.ending?.forced === true || after.instance.kind !== "live") return true;
  if (after.assignment.kind === "running" && after.assignment.witness !== "registry") {
    // A job start arrived while we asked. GitHub let the registration go, but one witness says that it works (F2).
    keep(context, name, after.assignment);
    return false;
  }
  if (after.ending?.reason === "ghost" && (await worksByItsOutput(context, after))) {
    keep(context, name, { kind: "running", jobId: undefined, sinceMs: clock.nowMs(), witness: "output" });
    return false;
  }
  return true;
}

/**
 * True when nothing can be killed any more and no scope knows the name: a removed pool's scope may be lost, so its registry refuses
 * what it cannot find, and a runner that ended there would be asked about for ever.
 */
async function isForgotten({ state, parts, ports, signal }: PoolContext, name: string): Promise<boolean> {
  const { clock, pace } = parts;
  const isDead = ["ended", "gone"].includes(state.runners.get(name)?.instance.kind ?? "gone");
  return isDead && !(await ports.registry.exists(name, { signal: clock.deadline(signal, pace.registryCallMs) }));
}

/** GitHub says that a job runs on it. */
function refused(context: PoolContext, name: string): boolean {
  const { state, parts } = context;
  const runner = state.runners.get(name);
  if (runner?.ending === undefined) return false;
  parts.recorder.record({ kind: "deregistration-refused", pool: context.options.name, runner: name, ...jobOf(runner) });
  const mayLive = runner.instance.kind === "live" || runner.instance.kind === "requested";
  if (runner.ending.forced && mayLive) return true;
  if (!mayLive) {
    // Its process is over, so nothing is killed. GitHub will notice when the job's lease lapses; until then we ask again.
    const failedOver = runner.instance.kind === "ended" || runner.instance.kind === "gone";
    postpone(context, name, refusedRetryMs);
    return failedOver;
  }
  if (runner.assignment.kind === "over") {
    // The session says completed, GitHub says running (F3): the two witnesses disagree, so it stays and is asked again.
    postpone(context, name, refusedRetryMs);
    return false;
  }
  const sinceMs = parts.clock.nowMs();
  keep(
    context,
    name,
    runner.assignment.kind === "running"
      ? runner.assignment
      : { kind: "running", jobId: undefined, sinceMs, witness: "refusal" },
  );
  return false;
}

async function stop(context: PoolContext, name: string): Promise<void> {
  const { state, parts, signal } = context;
  const { clock, pace } = parts;
  const runner = state.runners.get(name);
  if (runner === undefined || runner.instance.kind === "none" || runner.instance.kind === "gone") return;
  const provider = runner.provider === undefined ? undefined : parts.censuses.get(runner.provider)?.provider;
  if (provider === undefined) return;
  const wasDead = runner.instance.kind === "ended";
  await provider.stop(name, { signal: clock.deadline(signal, pace.providerCallMs) });
  const nowMs = clock.nowMs();
  state.update(name, (stopped) => ({
    ...stopped,
    ...(wasDead ? { instance: { kind: "gone", sinceMs: nowMs } } : {}),
    ending: stopped.ending && { ...stopped.ending, stopAcceptedAtMs: nowMs, retryAtMs: nowMs + refusedRetryMs },
  }));
  context.lookAtInstances(provider.name);
}

function keep(context: PoolContext, name: string, assignment: Runner["assignment"]): void {
  context.state.update(name, (runner) => ({ ...runner, assignment, ending: undefined }));
  context.parts.recorder.record({
    kind: "kept",
    pool: context.options.name,
    runner: name,
    reason: "a job runs on it",
  });
}

async function worksByItsOutput(context: PoolContext, runner: Runner): Promise<boolean> {
  const { parts, signal } = context;
  const provider = runner.provider === undefined ? undefined : parts.censuses.get(runner.provider)?.provider;
  const output = await provider?.readLog(runner.name, {
    maxBytes: outputBytesLookedAt,
    signal: parts.clock.deadline(signal, parts.pace.providerCallMs),
  });
  return output !== undefined && saysJobIsRunning(output);
}

function retryLater(context: PoolContext, name: string, error: unknown): void {
  const { state, parts } = context;
  const failures = (state.runners.get(name)?.ending?.failures ?? 0) + 1;
  postpone(context, name, Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1)), failures);
  const message = error instanceof Error ? error.message : String(error);
  parts.recorder.record({ kind: "release-failed", pool: context.options.name, runner: name, reason: message });
  if (failures >= 3) {
    state.raise(
      `release:${name}`,
      `Runner ${name} could not be taken away ${failures} times: ${message}`,
      parts.clock.nowMs(),
    );
  }
}

function postpone(context: PoolContext, name: string, waitMs: number, failures?: number): void {
  const retryAtMs = context.parts.clock.nowMs() + waitMs;
  context.state.update(name, (runner) =>
    runner.ending === undefined
      ? runner
      : { ...runner, ending: { ...runner.ending, retryAtMs, failures: failures ?? runner.ending.failures } },
  );
}

function jobOf(runner: Runner): { readonly job?: string } {
  return runner.assignment.kind !== "none" && runner.assignment.jobId !== undefined
    ? { job: runner.assignment.jobId }
    : {};
}
