import type { ScaleSet } from "../github/model/records.ts";
import type { GitHubModel } from "../github/model/github-model.ts";
import {
  between,
  type FaultGround,
  type FaultKind,
  type FaultOption,
  type FaultOptions,
  numberOf,
  textOf,
  weightOption,
} from "./fault.ts";

const scaleSetOption: FaultOption = {
  default: undefined,
  type: "text",
  meaning: "Name of the only scale set that is struck. Left out: all.",
};

/** F12: sessions end uncleanly and their scale sets stay taken. */
export const sessionsAreHeld: FaultKind = {
  name: "F12",
  title: "sessions end uncleanly: their clients are refused, and 409 answers whoever wants a new one",
  options: {
    heldMs: { default: undefined, type: "number", meaning: "How long. Drawn per session from 60,000 to 91,000 ms." },
    scaleSet: scaleSetOption,
    weight: weightOption,
  },
  start: (ground, options) => {
    const { model, random } = ground;
    const heldMs = () => numberOf(options, "heldMs", between(random, 60_000, 91_000));
    for (const scaleSet of struck(ground, options)) {
      if (scaleSet.session !== undefined) model.severSession(scaleSet.session, heldMs());
    }
    const { behaviour } = model.kernel;
    const before = behaviour.sessionHeldAfterDeleteMs;
    behaviour.sessionHeldAfterDeleteMs = heldMs();
    return () => (behaviour.sessionHeldAfterDeleteMs = before);
  },
};

/** F13: a scale set vanishes on GitHub's side. */
export const scaleSetsVanish: FaultKind = {
  name: "F13",
  title: "scale sets vanish, with their sessions, queues and idle registrations; jobs return to the queue",
  options: { scaleSet: scaleSetOption, weight: weightOption },
  start: (ground, options) => {
    for (const scaleSet of struck(ground, options)) ground.model.deleteScaleSet(scaleSet);
    return () => undefined;
  },
};

/** F22: tokens are refused long before they say they expire. */
export const tokensExpireEarly: FaultKind = {
  name: "F22",
  title: "admin and queue tokens are refused early, in the middle of a poll too",
  options: {
    lifetimeMs: { default: 17 * 60_000, type: "number", meaning: "Age from which a token is refused." },
  },
  start: ({ model }, options) => {
    const { behaviour } = model.kernel;
    const before = behaviour.tokenLifetimeCapMs;
    behaviour.tokenLifetimeCapMs = numberOf(options, "lifetimeMs", 17 * 60_000);
    model.recheckPolls();
    return () => {
      behaviour.tokenLifetimeCapMs = before;
      model.recheckPolls();
    };
  },
};

function struck({ model, random }: FaultGround, options: FaultOptions): readonly ScaleSet[] {
  const weight = numberOf(options, "weight", 1);
  return scaleSetsNamed(model, textOf(options, "scaleSet")).filter(() => random.next() < weight);
}

/** The scale sets with this name, or all. */
export function scaleSetsNamed(model: GitHubModel, name: string | undefined): readonly ScaleSet[] {
  const all = [...model.scaleSets.all()];
  return name === undefined ? all : all.filter((scaleSet) => scaleSet.name.toLowerCase() === name.toLowerCase());
}
