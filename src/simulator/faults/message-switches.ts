import type { Call } from "../github/api/call.ts";
import { type ApiResponse, mapReply } from "../github/api/exchange.ts";
import { aimAt, aimOptions } from "./aim.ts";
import type { FaultKind } from "./fault.ts";

type Json = Record<string, unknown>;

/** What can be wrong with the content of an answer. @see scale set wire specification, section 9.8 */
export const messageSwitches: readonly FaultKind[] = [
  staleStatistics(),
  duplicateMessage(),
  pollSwitch("zeroAssignedWithJobAssigned", "the assigned count is 0 though the body assigns jobs", (message) => {
    const assigns = elementsOf(message).some((element) => element["messageType"] === "JobAssigned");
    if (!assigns) return message;
    return {
      ...message,
      statistics: { ...(message["statistics"] as Json), totalAssignedJobs: 0, totalRunningJobs: 0 },
    };
  }),
  pollSwitch("unknownJobMessageType", "a job message of an unknown type comes first", (message) =>
    withElements(message, [
      { messageType: "JobPondered", jobId: unknownJobId, runnerRequestId: 0 },
      ...elementsOf(message),
    ]),
  ),
  pollSwitch("wrongEnvelopeType", "the message has an unknown type", (message) => ({
    ...message,
    messageType: "RunnerScaleSetWeatherReport",
  })),
  pollSwitch("jobCompletedUnknownRunner", "a job completes on a runner that nobody made", (message) =>
    withElements(message, [
      ...elementsOf(message),
      {
        messageType: "JobCompleted",
        runnerRequestId: 0,
        jobId: unknownJobId,
        result: "succeeded",
        runnerId: 999_999,
        runnerName: "stranger",
      },
    ]),
  ),
  pollSwitch("nullTimes", "times that do not apply are null", (message) =>
    withElements(
      message,
      elementsOf(message).map((element) =>
        Object.fromEntries(Object.entries(element).map(([name, value]) => [name, value === zeroTime ? null : value])),
      ),
    ),
  ),
  pollSwitch("numericJobId", "job ids are numbers", (message) =>
    withElements(
      message,
      elementsOf(message).map((element) => ({ ...element, jobId: 42 })),
    ),
  ),
  answerSwitch("emptyMessageQueueUrl", "a new session has no queue URL", "session.create", (session) => ({
    ...session,
    messageQueueUrl: "",
  })),
  answerSwitch(
    "adminTokenWithoutExp",
    "the admin token does not say when it expires",
    "registration.exchange",
    (answer) => {
      const [header = "", payload = "", signature = ""] = String(answer["token"]).split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Json;
      delete claims["exp"];
      return {
        ...answer,
        token: `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`,
      };
    },
  ),
];

const unknownJobId = "00000000-0000-4000-8000-00000000dead";
const zeroTime = "0001-01-01T00:00:00Z";

function pollSwitch(name: string, title: string, change: (message: Json) => Json): FaultKind {
  return answerSwitch(name, title, "queue.poll", change);
}

function answerSwitch(name: string, title: string, route: string, change: (answer: Json) => Json): FaultKind {
  return {
    name,
    title,
    options: aimOptions,
    start: (ground, options) => {
      const isHit = aimAt(ground, options, route);
      return ground.router.intercept((call, next) =>
        mapReply(next(), (response) => (isGood(response) && isHit(call) ? changed(response, change) : response)),
      );
    },
  };
}

/** Every message carries the statistics of the first one. */
function staleStatistics(): FaultKind {
  return {
    name: "staleStatistics",
    title: "messages repeat the statistics of an earlier one",
    options: aimOptions,
    start: (ground, options) => {
      const isHit = aimAt(ground, options, "queue.poll");
      const first = new Map<string, unknown>();
      return ground.router.intercept((call, next) =>
        mapReply(next(), (response) => {
          if (!isGood(response) || !isHit(call)) return response;
          return changed(response, (message) => {
            const key = queueKey(call);
            if (!first.has(key)) first.set(key, message["statistics"]);
            return { ...message, statistics: first.get(key) };
          });
        }),
      );
    },
  };
}

/** Every message is handed out once more by the next poll, whatever was acknowledged. */
function duplicateMessage(): FaultKind {
  return {
    name: "duplicateMessage",
    title: "the next poll brings the same message again, acknowledged or not",
    options: aimOptions,
    start: (ground, options) => {
      const isHit = aimAt(ground, options, "queue.poll");
      const repeats = new Map<string, ApiResponse>();
      return ground.router.intercept((call, next) => {
        if (call.route !== "queue.poll") return next();
        const key = queueKey(call);
        const repeat = repeats.get(key);
        if (repeat !== undefined) {
          repeats.delete(key);
          return repeat;
        }
        return mapReply(next(), (response) => {
          if (isGood(response) && isHit(call)) repeats.set(key, response);
          return response;
        });
      });
    },
  };
}

function queueKey(call: Call): string {
  return call.credential("Bearer") ?? "";
}

function isGood(response: ApiResponse): boolean {
  return response.status === 200 && response.body !== "";
}

function changed(response: ApiResponse, change: (answer: Json) => Json): ApiResponse {
  return { ...response, body: JSON.stringify(change(JSON.parse(response.body) as Json)) };
}

function elementsOf(message: Json): Json[] {
  return JSON.parse(String(message["body"])) as Json[];
}

function withElements(message: Json, elements: readonly Json[]): Json {
  return { ...message, body: JSON.stringify(elements) };
}
