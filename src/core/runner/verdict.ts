import type { EndingReason, Runner } from "./runner.ts";

/** How long each state may last, in milliseconds. */
export interface Deadlines {
  /** From launch to the first sign of life at GitHub. */
  readonly bootMs: number;
  /** From the start of a job to its end: the hard deadline of the pool's owner. */
  readonly jobMs: number;
  /** How long two witnesses must agree before they are believed. */
  readonly confirmMs: number;
}

export interface Verdict {
  readonly reason: EndingReason;
  /** True only behind a hard deadline: everything else lets GitHub's refusal protect a job. */
  readonly forced: boolean;
}

/**
 * Whether a runner must go, and why. Two independent witnesses or a hard deadline: a runner with a live instance goes only when
 * GitHub lets its registration go too, because every unforced ending deregisters first.
 */
export function judge(runner: Runner, nowMs: number, deadlines: Deadlines): Verdict | undefined {
  const { instance, registration, assignment } = runner;
  switch (instance.kind) {
    case "ended":
      return { reason: assignment.kind === "none" ? "exited" : "finished", forced: false };
    case "gone":
      return { reason: assignment.kind === "none" ? "vanished" : "finished", forced: false };
    case "none":
      // Only a registration: ours by name, without an instance, and no launch of this incarnation behind it.
      return runner.adopted && nowMs - runner.reservedAtMs >= deadlines.confirmMs
        ? { reason: "orphan-registration", forced: false }
        : undefined;
    case "requested":
      return isMissing(instance.misses, nowMs, deadlines) ? { reason: "launch-lost", forced: false } : undefined;
    case "live":
      break;
    default:
      return instance satisfies never;
  }
  // What only the registry said ends with the registration; the ghost's last look at the output still protects a job.
  const isWithdrawn =
    assignment.kind === "running" && assignment.witness === "registry" && registration.kind === "gone";
  if (assignment.kind === "running" && !isWithdrawn) {
    return nowMs - assignment.sinceMs >= deadlines.jobMs ? { reason: "job-deadline", forced: true } : undefined;
  }
  if (assignment.kind === "over") {
    return nowMs - assignment.sinceMs >= deadlines.confirmMs ? { reason: "hung-after-job", forced: false } : undefined;
  }
  if (registration.kind === "gone") {
    return nowMs - registration.sinceMs >= deadlines.confirmMs ? { reason: "ghost", forced: false } : undefined;
  }
  if (registration.kind !== "online" && nowMs - instance.launchedAtMs >= deadlines.bootMs) {
    return { reason: "boot-deadline", forced: false };
  }
  return undefined;
}

/** Twice missing from complete lists that lie far enough apart. */
export function isMissing(
  misses: { readonly count: number; readonly firstAtMs: number },
  nowMs: number,
  deadlines: Deadlines,
): boolean {
  return misses.count >= 2 && nowMs - misses.firstAtMs >= deadlines.confirmMs / 4;
}

/** A failed attempt: it spends the retry budget and never counts as capacity. */
export function isFailedAttempt(reason: EndingReason, runner: Runner): boolean {
  switch (reason) {
    case "launch-failed":
    case "launch-lost":
    case "credential-failed":
    case "boot-deadline":
      return true;
    case "exited":
    case "vanished":
      // Exit 0 after GitHub took the registration away is how an ephemeral runner leaves whose job start we never heard of.
      return !(runner.instance.kind === "ended" && runner.instance.end.exitCode === 0);
    case "finished":
    case "surplus":
    case "draining":
    case "shutdown":
    case "job-deadline":
    case "hung-after-job":
    case "ghost":
    case "orphan-registration":
      return false;
    default:
      return reason satisfies never;
  }
}
