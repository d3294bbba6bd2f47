import type { InstanceEnd } from "../ports/provider.ts";

/**
 * What a pool counts: one identity per attempt, with three facts that come and go separately, each with its own witnesses.
 * Records are replaced, never changed in place.
 */
export interface Runner {
  readonly name: string;
  readonly pool: string;
  /** The provider that was asked, or that showed the instance; undefined for a registration that has none. */
  readonly provider: string | undefined;
  readonly reservedAtMs: number;
  /** True when an earlier incarnation made it. */
  readonly adopted: boolean;
  readonly instance: InstanceFact;
  readonly registration: RegistrationFact;
  readonly assignment: AssignmentFact;
  readonly ending: Ending | undefined;
  /** How its process ended, kept as the post-mortem after the instance is gone. */
  readonly end: InstanceEnd | undefined;
}

/** Witness: the provider. */
export type InstanceFact =
  /** Not asked for yet, or only a registration is known. */
  | { readonly kind: "none" }
  /** Asked for; no list has shown it yet. `atMs` is the instant of the request, then of its answer or the loss of that. */
  | {
      readonly kind: "requested";
      readonly atMs: number;
      readonly answer: "awaited" | "given" | "lost";
      readonly misses: Misses;
    }
  | { readonly kind: "live"; readonly launchedAtMs: number; readonly misses: Misses }
  /** Its process came to its end; files or a machine may still be there. */
  | { readonly kind: "ended"; readonly launchedAtMs: number; readonly end: InstanceEnd }
  /** Two complete lists did not show it, or its removal was confirmed. */
  | { readonly kind: "gone"; readonly sinceMs: number };

/** Witness: GitHub's registry. */
export type RegistrationFact =
  | { readonly kind: "none" }
  /** Asked for; the answer is out or was lost, so the name may be registered. */
  | { readonly kind: "requested"; readonly atMs: number }
  | { readonly kind: "offline"; readonly sinceMs: number; readonly misses: Misses }
  | { readonly kind: "online"; readonly sinceMs: number; readonly misses: Misses }
  | { readonly kind: "gone"; readonly sinceMs: number };

/** Witnesses: the session's job messages, GitHub's refusal to deregister, the runner's own output. */
export type AssignmentFact =
  | { readonly kind: "none" }
  | {
      readonly kind: "running";
      readonly jobId: string | undefined;
      readonly sinceMs: number;
      readonly witness: "session" | "refusal" | "output" | "registry";
    }
  | { readonly kind: "over"; readonly jobId: string; readonly result: string; readonly sinceMs: number };

/** A missing list entry is not a death; only a complete list, twice, is. */
export interface Misses {
  readonly count: number;
  readonly firstAtMs: number;
}
export const noMisses: Misses = { count: 0, firstAtMs: 0 };

/** Why and since when the runner is on its way out, and how far it came. */
export interface Ending {
  readonly reason: EndingReason;
  readonly sinceMs: number;
  /** Forced endings stop the instance even when GitHub says that a job runs: only a hard deadline or the operator may. */
  readonly forced: boolean;
  /** When the next try is due after a refused or failed one. */
  readonly retryAtMs: number;
  readonly failures: number;
  /** When the provider accepted the removal; a complete list that began later and lacks the instance ends it. */
  readonly stopAcceptedAtMs: number | undefined;
}

export type EndingReason =
  | "finished"
  | "exited"
  | "vanished"
  | "surplus"
  | "draining"
  | "shutdown"
  | "launch-failed"
  | "launch-lost"
  | "credential-failed"
  | "boot-deadline"
  | "job-deadline"
  | "hung-after-job"
  | "ghost"
  | "orphan-registration";

export type RunnerPhase = "starting" | "idle" | "busy" | "ending" | "gone";

export function phaseOf(runner: Runner): RunnerPhase {
  if (runner.instance.kind === "gone" && runner.registration.kind === "gone") return "gone";
  if (runner.ending !== undefined || runner.instance.kind === "ended" || runner.instance.kind === "gone")
    return "ending";
  if (runner.assignment.kind === "running") return "busy";
  if (runner.assignment.kind === "over") return "ending";
  return runner.registration.kind === "online" ? "idle" : "starting";
}

/** True while something at a provider may exist and cost money under this name. */
export function mayExist(runner: Runner): boolean {
  switch (runner.instance.kind) {
    case "requested":
    case "live":
      return true;
    case "none":
      // Reserved, its credential is being asked for: the launch follows.
      return runner.ending === undefined;
    case "ended":
    case "gone":
      return false;
    default:
      return runner.instance satisfies never;
  }
}

/** The instant since which an unassigned runner has been waiting for work. */
export function idleSinceMs(runner: Runner): number {
  return runner.registration.kind === "online" ? runner.registration.sinceMs : runner.reservedAtMs;
}

/** True when nothing of it is left, neither at a provider nor at GitHub. */
export function isOver(runner: Runner): boolean {
  const { instance, registration, ending } = runner;
  return (
    ending !== undefined &&
    (instance.kind === "none" || instance.kind === "gone") &&
    (registration.kind === "none" || registration.kind === "gone")
  );
}
