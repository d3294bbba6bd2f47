import { aimAt } from "./aim.ts";
import { type FaultKind, type FaultOption, numberOf, textOf } from "./fault.ts";
import { scaleSetsNamed } from "./scale-set-faults.ts";

const scaleSet: FaultOption = {
  default: undefined,
  type: "text",
  meaning: "Name of the only scale set that is struck.",
};

/** What the service can do to its own state, or how it can be stricter. @see scale set wire specification, section 9.8 */
export const stateSwitches: readonly FaultKind[] = [
  {
    name: "evictSession",
    title: "sessions are gone; a refresh is refused",
    options: {
      scaleSet,
      status: { default: 400, type: "number", meaning: "400 or 404: the two ways in which the live service says so." },
    },
    start: ({ model }, options) => {
      const { behaviour } = model.kernel;
      const before = behaviour.deadSessionAnswer;
      behaviour.deadSessionAnswer = numberOf(options, "status", 400) === 404 ? "evicted" : "expired";
      for (const each of scaleSetsNamed(model, textOf(options, "scaleSet"))) {
        if (each.session !== undefined) model.endSession(each.session);
      }
      return () => (behaviour.deadSessionAnswer = before);
    },
  },
  {
    name: "expireQueueTokenNow",
    title: "every queue token that was handed out so far is refused",
    options: {},
    start: ({ model }) => {
      model.tokens.revokeQueue();
      return () => undefined;
    },
  },
  {
    name: "expireAdminTokenNow",
    title: "every admin token that was handed out so far is refused",
    options: {},
    start: ({ model }) => {
      model.tokens.revokeAdmin();
      return () => undefined;
    },
  },
  {
    name: "registrationTokenNotYetValid",
    title: "a registration token takes a few calls to become valid",
    options: { count: { default: 2, type: "number", meaning: "How many calls are refused." } },
    start: (ground, options) => {
      const isHit = aimAt(ground, { count: numberOf(options, "count", 2) }, "registration.exchange");
      return ground.router.intercept((call, next) => {
        if (!isHit(call)) return next();
        return {
          status: 401,
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify({ message: "The registration token is not valid yet.", status: "401" }),
        };
      });
    },
  },
  {
    name: "deleteScaleSet",
    title: "a scale set is deleted by somebody else",
    options: { scaleSet },
    start: ({ model }, options) => {
      for (const each of scaleSetsNamed(model, textOf(options, "scaleSet"))) model.deleteScaleSet(each);
      return () => undefined;
    },
  },
  {
    name: "truncation",
    title: "what happens to job messages beyond 50",
    options: { mode: { default: "split", type: "text", meaning: "split or drop." } },
    start: ({ model }, options) => {
      const { behaviour } = model.kernel;
      const before = behaviour.truncation;
      behaviour.truncation = textOf(options, "mode") === "drop" ? "drop" : "split";
      return () => (behaviour.truncation = before);
    },
  },
  {
    name: "removeRunnerNotFound404",
    title: "removing an unknown runner answers 404",
    options: {},
    start: ({ model }) => {
      const { behaviour } = model.kernel;
      const before = behaviour.removeUnknownRunnerRefused;
      behaviour.removeUnknownRunnerRefused = true;
      return () => (behaviour.removeUnknownRunnerRefused = before);
    },
  },
  {
    name: "strictMessageDelete",
    title: "deleting an unknown message answers 404",
    options: {},
    start: ({ model }) => {
      const { behaviour } = model.kernel;
      const before = behaviour.deleteUnknownMessageRefused;
      behaviour.deleteUnknownMessageRefused = true;
      return () => (behaviour.deleteUnknownMessageRefused = before);
    },
  },
  {
    name: "refreshRevokesTokens",
    title: "a refreshed queue token ends the life of those before it",
    options: {},
    start: ({ model }) => {
      const { behaviour } = model.kernel;
      const before = behaviour.refreshRevokesOlderTokens;
      behaviour.refreshRevokesOlderTokens = true;
      return () => (behaviour.refreshRevokesOlderTokens = before);
    },
  },
];
