import type { Job } from "../ledger/job.ts";
import type { Hold } from "../pool/retry.ts";
import { phaseOf, type Runner } from "../runner/runner.ts";
import type { DemandSourceState } from "../ports/demand-source.ts";

/** What the pool knows that may explain a wait. */
export interface WaitContext {
  readonly nowMs: number;
  readonly pool: string;
  readonly max: number;
  readonly accepting: boolean;
  readonly source: DemandSourceState;
  readonly hold: Hold | undefined;
  readonly runners: readonly Runner[];
  readonly problems: readonly string[];
}

export interface WaitVerdict {
  /** One sentence. */
  readonly verdict: string;
  /** What would end the wait; undefined when nothing is waited for. */
  readonly release: string | undefined;
}

/** Why the job waits, the nearest cause first: the first condition that holds would have to change before any other matters. */
export function explainWait(job: Job, context: WaitContext): WaitVerdict {
  const { state } = job;
  switch (state.kind) {
    case "running":
      return explainRun(state.runner, context);
    case "completed":
      return {
        verdict:
          state.runner === undefined
            ? `It ended (${state.result}) before any runner took it.`
            : `It ended (${state.result}) on ${state.runner}.`,
        release: undefined,
      };
    case "doubted":
      return {
        verdict: "GitHub's counts have gone on without it: it was cancelled or finished and GitHub did not say so.",
        release: "GitHub naming it again.",
      };
    case "available":
    case "assigned":
      return explainQueue(state.kind, context);
    default:
      return state satisfies never;
  }
}

/** GitHub is the last to hear of a runner's death: it ends the job when the lease is not renewed for about ten minutes. */
function explainRun(name: string, { runners }: WaitContext): WaitVerdict {
  const runner = runners.find((known) => known.name === name);
  if (runner?.instance.kind !== "ended" && runner?.instance.kind !== "gone") {
    return { verdict: `It runs on ${name}.`, release: undefined };
  }
  const { exitCode = null, signal = null, lastLines = [] } = runner.end ?? {};
  const how = exitCode !== null ? ` (exit code ${exitCode})` : signal !== null ? ` (by ${signal})` : "";
  const last = lastLines.at(-1);
  return {
    verdict: `Its runner ${name} ended${how}, but GitHub still counts it as running.${last === undefined ? "" : ` The runner's last line: ${last}`}`,
    release: "GitHub's own deadline for a lost runner, about ten minutes; the job fails then and can be run again.",
  };
}

function explainQueue(kind: "available" | "assigned", context: WaitContext): WaitVerdict {
  const { pool, source, hold, runners, max, nowMs } = context;
  if (!context.accepting) {
    return {
      verdict: `Pool ${pool} is drained and starts no new runners.`,
      release: `\`drover drain ${pool} --resume\`, or another pool with the same labels.`,
    };
  }
  const idle = runners.find((runner) => phaseOf(runner) === "idle");
  if (idle !== undefined && kind === "assigned") {
    return {
      verdict: `Runner ${idle.name} is online and idle; GitHub has not handed it the job yet.`,
      release: "GitHub's hand-over, usually within seconds.",
    };
  }
  if (source.kind === "retrying") {
    return {
      verdict: `Pool ${pool} has no session with GitHub: ${source.message}`,
      release: `The next attempt, in ${seconds(source.nextAttemptAtMs - nowMs)}.`,
    };
  }
  const starting = runners.filter((runner) => phaseOf(runner) === "starting");
  const oldest = starting[0];
  if (oldest !== undefined) {
    return {
      verdict: `Runner ${oldest.name} is being made for the queue (${seconds(nowMs - oldest.reservedAtMs)} so far), ${starting.length} in all.`,
      release: "A runner coming online.",
    };
  }
  if (hold !== undefined) {
    return {
      verdict: `Launches of pool ${pool} wait: ${hold.reason}.`,
      release: `The next attempt, in ${seconds(hold.untilMs - nowMs)}; see \`drover runners\` for the failed ones.`,
    };
  }
  const existing = runners.filter((runner) => runner.instance.kind === "live" || runner.instance.kind === "requested");
  if (existing.length >= max) {
    const busy = runners.filter((runner) => phaseOf(runner) === "busy").length;
    return {
      verdict: `Pool ${pool} is full: ${existing.length} of at most ${max} runners exist, ${busy} of them work.`,
      release: "One of its jobs ending, or a larger size.max.",
    };
  }
  if (context.problems[0] !== undefined) {
    return { verdict: `Pool ${pool} has a problem: ${context.problems[0]}`, release: "The end of that problem." };
  }
  return { verdict: `Pool ${pool} is about to make a runner for it.`, release: "The next pass of the pool's loop." };
}

function seconds(durationMs: number): string {
  return `${Math.max(0, Math.round(durationMs / 1_000))} s`;
}
