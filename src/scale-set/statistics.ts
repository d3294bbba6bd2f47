import { asObject, integerMember } from "./json.ts";

/** The seven counts of a scale set, as of the moment the service answered. */
export interface Statistics {
  /** Offered and not acquired. */
  readonly totalAvailableJobs: number;
  /** Acquired and not yet assigned. */
  readonly totalAcquiredJobs: number;
  /** Assigned and unfinished, waiting plus running: the number to scale by. */
  readonly totalAssignedJobs: number;
  readonly totalRunningJobs: number;
  /** Registrations, connected or not. */
  readonly totalRegisteredRunners: number;
  readonly totalBusyRunners: number;
  /** Online without a job. */
  readonly totalIdleRunners: number;
}

/** Null when the service sent none. */
export function decodeStatistics(value: unknown): Statistics | null {
  if (value === null || value === undefined) return null;
  const object = asObject(value, "statistics");
  return {
    totalAvailableJobs: integerMember(object, "totalAvailableJobs"),
    totalAcquiredJobs: integerMember(object, "totalAcquiredJobs"),
    totalAssignedJobs: integerMember(object, "totalAssignedJobs"),
    totalRunningJobs: integerMember(object, "totalRunningJobs"),
    totalRegisteredRunners: integerMember(object, "totalRegisteredRunners"),
    totalBusyRunners: integerMember(object, "totalBusyRunners"),
    totalIdleRunners: integerMember(object, "totalIdleRunners"),
  };
}

/**
 * How many runners a scale set should have. `minRunners` is idle spares on top of the demand, not a floor of the total.
 */
export function desiredRunnerCount(options: {
  readonly minRunners: number;
  readonly maxRunners: number;
  readonly assignedJobs: number;
}): number {
  return Math.min(options.maxRunners, options.minRunners + options.assignedJobs);
}
