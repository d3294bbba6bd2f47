import { crashStages } from "./ports/gate.ts";
import { crashableSites } from "./ports/port-calls.ts";
import { faultKinds } from "./seed/fault-kinds.ts";
import type { SeedReport } from "./seed-report.ts";

/** A set of so many seeds must reach everything below, or it is too weak to say anything. */
export const seedsThatReachAll = 500;

/** Rare branches of the product, by the names under which it records them. */
const rareBranches: readonly string[] = [
  "adopted",
  "crash",
  "crash while stopping",
  "deregistration-refused",
  "doubted",
  "drained",
  "ending-boot-deadline",
  "ending-credential-failed",
  "ending-draining",
  "ending-ghost",
  "ending-hung-after-job",
  "ending-job-deadline",
  "ending-launch-failed",
  "ending-launch-lost",
  "ending-orphan-registration",
  "ending-surplus",
  "forgotten-pool",
  "hold",
  "kept",
  "launch-unanswered",
  "release-failed",
  "restart",
  "scale-set-vanished",
  "session-conflict",
  "session-lost",
];

/** What none of the seeds reached. */
export function neverReached(reports: readonly SeedReport[]): readonly string[] {
  const reached = new Set(reports.flatMap(({ sometimes }) => sometimes.map(([name]) => name)));
  const places = new Set(reports.flatMap(({ crashSites }) => crashSites));
  return [
    ...rareBranches.filter((name) => !reached.has(name)),
    ...faultKinds.map((kind) => `fault ${kind}`).filter((name) => !reached.has(name)),
    ...crashPlaces.filter((place) => !places.has(place)).map((place) => `crash at ${place}`),
  ];
}

/** Every port call of the source in each of its three places. */
export const crashPlaces: readonly string[] = crashableSites.flatMap((site) =>
  crashStages.map((stage) => `${site}/${stage}`),
);
