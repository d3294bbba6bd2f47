import type { Call } from "../github/api/call.ts";
import { type ApiResponse, mapReply, PendingReply, type Reply } from "../github/api/exchange.ts";
import { aimAt, aimOptions } from "./aim.ts";
import { type FaultGround, type FaultKind, type FaultOption, type FaultOptions, numberOf, textOf } from "./fault.ts";
import { answerLost } from "./wire-faults.ts";

/**
 * What can happen to any answer on its way. Finer than the numbered faults; made for tests.
 *
 * @see scale set wire specification, section 9.8
 */
export const answerSwitches: readonly FaultKind[] = [
  wireSwitch(
    "status",
    "the call is not handled; this status answers",
    {
      status: { default: 503, type: "number", meaning: "Status of the answer." },
      body: { default: "", type: "text", meaning: "Body of the answer." },
      contentType: { default: "application/json", type: "text", meaning: "Its media type." },
      retryAfter: { default: undefined, type: "text", meaning: "Value of a Retry-After header: seconds or a date." },
    },
    (_call, _next, options) => {
      const retryAfter = textOf(options, "retryAfter");
      return {
        status: numberOf(options, "status", 503),
        headers: {
          "content-type": textOf(options, "contentType") ?? "application/json",
          ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
        },
        body: textOf(options, "body") ?? "",
      };
    },
  ),
  wireSwitch(
    "delay",
    "the answer comes later",
    { ms: { default: 1000, type: "number", meaning: "How much later." } },
    (_call, next, options, { model }) => delayed(next(), numberOf(options, "ms", 1000), model),
  ),
  wireSwitch("resetConnection", "the connection breaks before the call is handled", {}, () => "reset"),
  wireSwitch("commitThenDrop", "the call takes effect and its answer is lost", {}, (_call, next) => answerLost(next())),
  wireSwitch("emptyBody200", "200 without a body instead of the answer", {}, (_call, next) =>
    mapReply(next(), (response) => ({ ...response, status: 200, body: "" })),
  ),
  wireSwitch("bom", "a byte order mark before the body", {}, (_call, next) =>
    mapReply(next(), (response) => (response.body === "" ? response : { ...response, body: `\uFEFF${response.body}` })),
  ),
  wireSwitch("gzip", "the body is compressed when the client takes that", {}, (call, next) => {
    const isTaken = /\bgzip\b/i.test(call.header("accept-encoding") ?? "");
    return mapReply(next(), (response) =>
      isTaken && response.body !== "" ? withHeader(response, "content-encoding", "gzip") : response,
    );
  }),
  wireSwitch("chunked", "the body comes in chunks, without a length", {}, (_call, next) =>
    mapReply(next(), (response) =>
      response.body === "" ? response : withHeader(response, "transfer-encoding", "chunked"),
    ),
  ),
];

function wireSwitch(
  name: string,
  title: string,
  options: Readonly<Record<string, FaultOption>>,
  strike: (call: Call, next: () => Reply, options: FaultOptions, ground: FaultGround) => Reply,
): FaultKind {
  return {
    name,
    title,
    options: { ...options, ...aimOptions },
    start: (ground, given) => {
      const isHit = aimAt(ground, given);
      return ground.router.intercept((call, next) => (isHit(call) ? strike(call, next, given, ground) : next()));
    },
  };
}

function withHeader(response: ApiResponse, name: string, value: string): ApiResponse {
  return { ...response, headers: { ...response.headers, [name]: value } };
}

function delayed(reply: Reply, ms: number, model: FaultGround["model"]): Reply {
  const later = new PendingReply(() => {
    if (reply instanceof PendingReply) reply.abandon();
  });
  const settle = (outcome: Exclude<Reply, PendingReply>): void => {
    model.schedule(model.nowMs() + ms, () => later.settle(outcome));
  };
  if (reply instanceof PendingReply) reply.whenSettled(settle);
  else settle(reply);
  return later;
}
