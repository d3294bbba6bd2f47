import type { Job } from "../github/model/records.ts";
import { type FaultKind, numberOf, oncePer, weightOption } from "./fault.ts";

/** F9: a job that is cancelled before a runner took it goes on being counted, until the fault ends. */
export const cancelledJobsLinger: FaultKind = {
  name: "F9",
  title: "cancelled jobs that no runner took go on being counted and listed as waiting",
  options: { weight: weightOption },
  start: ({ model, random }, options) => {
    const { behaviour } = model.kernel;
    const before = behaviour.cancelledJobLingers;
    const lingers = oncePer((_job: Job) => random.next() < numberOf(options, "weight", 1));
    behaviour.cancelledJobLingers = (job) => lingers(job);
    return () => {
      behaviour.cancelledJobLingers = before;
      model.settleLingeringJobs();
    };
  },
};

/** F10: an assigned job is taken back early and assigned again. */
export const jobsAreReassigned: FaultKind = {
  name: "F10",
  title: 'a job is assigned, "completed: canceled" and assigned again when no runner takes it soon',
  options: {
    afterMs: { default: 20_000, type: "number", meaning: "How soon an untaken job is taken back." },
    times: {
      default: 2,
      type: "number",
      meaning: "How often per job at most. After the third assignment that nobody takes, the job fails at GitHub.",
    },
    weight: weightOption,
  },
  start: ({ model, random }, options) => {
    const { behaviour } = model.kernel;
    const before = behaviour.assignTimeoutMs;
    const isHit = oncePer((_job: Job) => random.next() < numberOf(options, "weight", 1));
    const afterMs = numberOf(options, "afterMs", 20_000);
    const times = numberOf(options, "times", 2);
    behaviour.assignTimeoutMs = (job) => (job.assignments < times && isHit(job) ? afterMs : before(job));
    return () => (behaviour.assignTimeoutMs = before);
  },
};

/** F11: the list of a message is cut while its count is true. */
export const messagesAreCut: FaultKind = {
  name: "F11",
  title: "a message lists only the first few of its jobs; the count is true",
  options: {
    limit: { default: 3, type: "number", meaning: "How many jobs a message lists; GitHub's own limit is 50." },
  },
  start: ({ model }, options) => {
    const { behaviour } = model.kernel;
    const before = { max: behaviour.messageJobsMax, truncation: behaviour.truncation };
    behaviour.messageJobsMax = Math.max(1, numberOf(options, "limit", 3));
    behaviour.truncation = "drop";
    return () => {
      behaviour.messageJobsMax = before.max;
      behaviour.truncation = before.truncation;
    };
  },
};
