import { answerSwitches } from "./answer-switches.ts";
import type { FaultKind } from "./fault.ts";
import { cancelledJobsLinger, jobsAreReassigned, messagesAreCut } from "./job-faults.ts";
import { messageSwitches } from "./message-switches.ts";
import { busyFlagLags, runnerHangs } from "./runner-faults.ts";
import { scaleSetsVanish, sessionsAreHeld, tokensExpireEarly } from "./scale-set-faults.ts";
import { stateSwitches } from "./state-switches.ts";
import { createdAnswersAreLost, pollsHang } from "./wire-faults.ts";

/** The platform's own faults, by number. */
export const platformFaults: readonly FaultKind[] = [
  busyFlagLags,
  runnerHangs,
  cancelledJobsLinger,
  jobsAreReassigned,
  messagesAreCut,
  sessionsAreHeld,
  scaleSetsVanish,
  tokensExpireEarly,
  pollsHang,
  createdAnswersAreLost,
];

/** Finer tools for tests. */
export const switches: readonly FaultKind[] = [...answerSwitches, ...messageSwitches, ...stateSwitches];

export const faultKinds: ReadonlyMap<string, FaultKind> = new Map(
  [...platformFaults, ...switches].map((kind) => [kind.name.toLowerCase(), kind]),
);
