import { afterFailure } from "../core/pool/retry.ts";
import { isFailedAttempt, type Verdict } from "../core/runner/verdict.ts";
import type { Runner } from "../core/runner/runner.ts";
import type { PoolContext } from "./pool-context.ts";

/** Notes that a runner must go and why; the releases follow from the plan. A failed attempt spends the retry budget here, once. */
export function beginEnding(context: PoolContext, name: string, verdict: Verdict, why: string | undefined): void {
  const { state, parts, options } = context;
  const runner = state.runners.get(name);
  if (runner === undefined || runner.ending !== undefined) return;
  const nowMs = parts.clock.nowMs();
  if (isFailedAttempt(verdict.reason, runner)) {
    state.retry = afterFailure(state.retry, nowMs, why ?? explain(verdict, runner), options.retries);
  }
  state.put({
    ...runner,
    ending: { ...verdict, sinceMs: nowMs, retryAtMs: nowMs, failures: 0, stopAcceptedAtMs: undefined },
  });
  parts.recorder.record({
    kind: `ending-${verdict.reason}`,
    pool: options.name,
    runner: name,
    reason: why ?? explain(verdict, runner),
    ...(runner.assignment.kind !== "none" && runner.assignment.jobId !== undefined
      ? { job: runner.assignment.jobId }
      : {}),
  });
}

/** The post-mortem in one line. */
function explain(verdict: Verdict, runner: Runner): string {
  if (runner.instance.kind === "ended") {
    const { exitCode, signal, lastLines } = runner.instance.end;
    const last = lastLines.at(-1);
    const how = exitCode === null ? `ended by ${signal ?? "an unknown cause"}` : `exit code ${exitCode}`;
    return last === undefined ? how : `${how}; last line: ${last}`;
  }
  switch (verdict.reason) {
    case "boot-deadline":
      return "it did not reach GitHub within the boot deadline";
    case "job-deadline":
      return "its job ran past the job deadline";
    case "hung-after-job":
      return "its job is over and GitHub let it go, but its process stays";
    case "ghost":
      return "GitHub no longer lists it, and it does not work";
    case "vanished":
      return "two complete lists of the provider lack it";
    case "launch-lost":
      return "its launch was never answered and two complete lists lack it";
    case "orphan-registration":
      return "registered at GitHub, but no provider has an instance of it";
    default:
      return verdict.reason;
  }
}
