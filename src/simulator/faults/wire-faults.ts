import { type ApiResponse, type Outcome, PendingReply, type Reply } from "../github/api/exchange.ts";
import { type FaultKind, numberOf, textOf, weightOption } from "./fault.ts";

/** F23: a long poll hangs for ever, or ends with an empty 200. */
export const pollsHang: FaultKind = {
  name: "F23",
  title: "a long poll hangs for ever, or is answered with an empty 200",
  options: {
    mode: { default: undefined, type: "text", meaning: "hang or empty. Drawn per poll when left out." },
    weight: weightOption,
  },
  start: ({ router, random }, options) =>
    router.intercept((call, next) => {
      if (call.route !== "queue.poll" || random.next() >= numberOf(options, "weight", 1)) return next();
      const mode = textOf(options, "mode") ?? (random.next() < 0.5 ? "hang" : "empty");
      const reply = next();
      if (mode === "hang") return swallowed(reply);
      // A refusal stays one: only the answer to a good poll is emptied.
      if (!(reply instanceof PendingReply) && reply !== "reset" && reply.status >= 400) return reply;
      if (reply instanceof PendingReply) reply.abandon();
      return emptyOk;
    }),
};

/** F24: a POST takes effect and its answer is lost, so that its repetition meets its own first copy. */
export const createdAnswersAreLost: FaultKind = {
  name: "F24",
  title: "a create takes effect and its answer is lost; the repetition finds that it exists",
  options: { weight: weightOption },
  start: ({ router, random }, options) =>
    router.intercept((call, next) => {
      if (!creates.has(call.route) || random.next() >= numberOf(options, "weight", 1)) return next();
      return answerLost(next());
    }),
};

const creates = new Set(["scale-set.create", "jit.generate", "registration.jit", "session.create"]);

const emptyOk: ApiResponse = { status: 200, headers: { "content-type": "application/json" }, body: "" };

/** The request takes effect and nothing ever comes back. */
export function swallowed(reply: Reply): Reply {
  return new PendingReply(() => {
    if (reply instanceof PendingReply) reply.abandon();
  });
}

/** The request takes effect, then the connection breaks. */
export function answerLost(reply: Reply): Reply {
  if (!(reply instanceof PendingReply)) return "reset";
  const lost = new PendingReply(() => reply.abandon());
  reply.whenSettled((outcome: Outcome) => {
    if (outcome !== "reset") outcome.lost?.();
    lost.settle("reset");
  });
  return lost;
}
