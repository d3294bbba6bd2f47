import type { PollOutcome } from "../model/github-model.ts";
import type { QueueAnswer, QueueToken } from "../model/records.ts";
import { Refusal } from "../model/refusal.ts";
import { instantText } from "../model/time-and-chance.ts";
import type { Call } from "./call.ts";
import { type ApiResponse, empty, PendingReply, type Reply, text } from "./exchange.ts";
import type { Route } from "./router.ts";
import { type ServiceContext, tenantOfAdmin } from "./service-context.ts";
import { badRequest, serviceAnswer, serviceSurface } from "./service-surface.ts";

const capacityMax = 2_147_483_647;

/** The message queue and the claiming of jobs. @see scale set wire specification, sections 5.5 to 5.8 */
export function queueRoutes(context: ServiceContext): Route[] {
  const { model } = context;
  const { flavour } = model;
  const surface = serviceSurface(model);
  const isShared = flavour.queuePath === "shared";
  const queuePath = isShared ? "/scalesets/message" : "/_apis/runtime/runnerscalesets/:id/messages";

  /** @throws {Refusal} "bad-queue-token": also when the path names another scale set or session than the token. */
  const tokenOf = (call: Call): QueueToken => {
    const token = model.tokens.queue(call.credential("Bearer") ?? "");
    const { session } = token;
    const sessionId = call.query.get("sessionId");
    const isElsewhere =
      (call.params["id"] !== undefined && Number(call.params["id"]) !== session.scaleSet.id) ||
      (call.tenantNumber !== undefined && call.tenantNumber !== session.scaleSet.tenant.number) ||
      (!isShared && sessionId !== null && sessionId.toLowerCase() !== session.id);
    if (isElsewhere) throw new Refusal("bad-queue-token", "The message queue access token belongs to another queue.");
    return token;
  };

  const answered = (answer: QueueAnswer, call: Call): ApiResponse => {
    switch (answer.kind) {
      case "message":
        return serviceAnswer({
          messageId: answer.message.id,
          messageType: "RunnerScaleSetJobMessages",
          body: answer.message.body,
          statistics: answer.statistics,
        });
      case "nothing":
        return empty(202);
      case "unauthorized":
        return surface.refuse(new Refusal("bad-queue-token", "The message queue access token has expired."), call);
      default:
        return answer satisfies never;
    }
  };

  const poll = (call: Call): Reply => {
    const token = tokenOf(call);
    const capacity = capacityOf(call);
    if (capacity === undefined) {
      return text(400, `X-ScaleSetMaxCapacity must be an integer from 0 to ${capacityMax}.`);
    }
    const cursor = call.query.get("lastMessageId") || "0";
    if (!/^\d{1,15}$/.test(cursor)) return badRequest("lastMessageId must be a number.");
    const outcome: PollOutcome = model.poll(token, Number(cursor), capacity);
    if (outcome.kind !== "parked") return answered(outcome, call);
    const { ticket } = outcome;
    const reply = new PendingReply(() => {
      context.parkedPolls.delete(ticket);
      model.abandonPoll(ticket);
    });
    context.parkedPolls.set(ticket, { settle: (answer) => reply.settle(answered(answer, call)) });
    return reply;
  };

  const routes: Route[] = [
    { name: "queue.poll", method: "GET", path: queuePath, surface, handle: poll },
    {
      name: "queue.delete",
      method: "DELETE",
      path: `${queuePath}/:message`,
      surface,
      handle: (call) => {
        const isKnown = model.deleteMessage(tokenOf(call), Number(call.param("message")));
        if (!isKnown && model.kernel.behaviour.deleteUnknownMessageRefused) return text(404, "message not found");
        return empty(204);
      },
    },
    {
      name: "jobs.acquirable",
      method: "GET",
      path: "/_apis/runtime/runnerscalesets/:id/acquirablejobs",
      surface,
      handle: (call) => {
        const scaleSet = model.scaleSets.get(Number(call.param("id")), tenantOfAdmin(context, call));
        const jobs = [...scaleSet.offers.values()];
        if (jobs.length === 0) return empty(204);
        const acquireJobUrl = `${call.origin}${call.request.path.replace(/acquirablejobs\/*$/, "acquirejobs")}`;
        return serviceAnswer({
          count: jobs.length,
          value: jobs.map((job) => ({
            acquireJobUrl,
            messageType: "JobAvailable",
            runnerRequestId: job.requestId,
            repositoryName: job.spec.repository.slice(job.spec.repository.indexOf("/") + 1),
            ownerName: job.spec.repository.slice(0, job.spec.repository.indexOf("/")),
            jobWorkflowRef: job.spec.workflowRef,
            eventName: job.spec.event,
            requestLabels: job.spec.labels,
            queueTime: instantText(job.queuedAtMs),
          })),
        });
      },
    },
  ];
  // The broker of github.com never offers jobs, so it has nothing to acquire and does not know the path.
  if (flavour.assignment === "acquire") {
    routes.push({
      name: "jobs.acquire",
      method: "POST",
      path: "/_apis/runtime/runnerscalesets/:id/acquirejobs",
      surface,
      handle: (call) => {
        model.scaleSets.get(Number(call.param("id")));
        const token = tokenOf(call);
        const ids = call.bodyJson();
        if (ids !== null && !(Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id)))) {
          return badRequest("The request body must be an array of runner request identifiers.");
        }
        const won = model.acquireJobs(token, (ids ?? []) as number[]);
        return serviceAnswer({ count: won.length, value: won });
      },
    });
  }
  return routes;
}

/** The advertised capacity; no header means no limit, undefined that it cannot be used. */
function capacityOf(call: Call): number | undefined {
  const value = call.header("x-scalesetmaxcapacity");
  if (value === undefined) return capacityMax;
  if (!/^\d{1,10}$/.test(value)) return undefined;
  const capacity = Number(value);
  return capacity <= capacityMax ? capacity : undefined;
}
