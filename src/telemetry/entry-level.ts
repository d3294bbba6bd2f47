import { isLink } from "./link-durations.ts";

/** What happens on a good day beside the links of the chain. */
const calmKinds: ReadonlySet<string> = new Set([
  "connected",
  "adopted",
  "deregistered",
  // GitHub protects a job that the runner has just taken.
  "deregistration-refused",
  "kept",
  "drained",
  "resumed",
  "forgotten-pool",
  "ending-finished",
  "ending-exited",
  "ending-surplus",
  "ending-draining",
  "ending-shutdown",
]);

/** How a journal entry is logged: everything that an operator may have to do something about is a warning, unknown kinds too. */
export function entryLevel(kind: string): "info" | "warn" {
  return isLink(kind) || calmKinds.has(kind) ? "info" : "warn";
}
