import type { Runner } from "../github/model/records.ts";
import { between, type FaultKind, numberOf, oncePer, weightOption } from "./fault.ts";

/** F1: GitHub's busy flag lags behind the start of a job. */
export const busyFlagLags: FaultKind = {
  name: "F1",
  title: "a runner reads as idle for 25 to 60 s after its job began",
  options: {
    lagMs: { default: undefined, type: "number", meaning: "How long. Drawn per runner from 25,000 to 60,000 ms." },
    weight: weightOption,
  },
  start: ({ model, random }, options) => {
    const { behaviour } = model.kernel;
    const before = behaviour.busyLagMs;
    const lag = oncePer((_runner: Runner) => {
      const isHit = random.next() < numberOf(options, "weight", 1);
      return isHit ? numberOf(options, "lagMs", between(random, 25_000, 60_000)) : 0;
    });
    behaviour.busyLagMs = (runner) => lag(runner);
    return () => (behaviour.busyLagMs = before);
  },
};

/** F5: the runner's process stays when its job is over. */
export const runnerHangs: FaultKind = {
  name: "F5",
  title: "the runner's process hangs after its job is over",
  options: { weight: weightOption },
  start: ({ model, random }, options) => {
    const { behaviour } = model.kernel;
    const before = behaviour.runnerHangsAfterJob;
    const hangs = oncePer((_runner: Runner) => random.next() < numberOf(options, "weight", 1));
    behaviour.runnerHangsAfterJob = (runner) => hangs(runner);
    return () => (behaviour.runnerHangsAfterJob = before);
  },
};
