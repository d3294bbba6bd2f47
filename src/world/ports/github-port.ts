import type { HttpRequest, HttpResponse, Transport } from "../../core/ports/transport.ts";
import { TransportError } from "../../core/ports/errors.ts";
import type { InProcessFront } from "../../simulator/github/in-process/in-process-front.ts";
import type { Faults } from "../faults.ts";
import type { Incarnation } from "../time/incarnation.ts";
import type { Gate } from "./gate.ts";

/** What the rules want to know of the traffic. */
export interface TrafficRules {
  /** A message of a scale set was handed out to this incarnation. */
  delivered(incarnation: Incarnation, message: string, body: string): void;
  /** One more request to GitHub, by method and address. */
  asks(incarnation: Incarnation, request: string): void;
  /** The scale set's queue is polled with this capacity. */
  polls(incarnation: Incarnation, scaleSetId: number, capacity: number): void;
  /** GitHub deletes the message for ever. */
  acknowledged(incarnation: Incarnation, message: string): void;
}

/** The simulated GitHub as one incarnation reaches it. */
export function githubPort(parts: {
  readonly incarnation: Incarnation;
  readonly gate: Gate;
  readonly front: InProcessFront;
  readonly faults: Faults;
  readonly rules: TrafficRules;
  /** How many runners a page holds, whatever the client asks for: few, so that lists have many pages. */
  readonly pageSize: number;
}): Transport {
  const { incarnation, gate, front, faults, rules, pageSize } = parts;
  /** Message ids repeat between scale sets; the queue token says whose queue it is. */
  const scaleSetOfToken = new Map<string, string>();
  return {
    send(request, { signal }) {
      const call = callName(request);
      const digest = digestOf(request);
      rules.asks(incarnation, `${request.method} ${digest}`);
      if (call === "GET queue") noteCapacity(request);
      return gate.call(
        incarnation,
        "github",
        call,
        digest,
        signal,
        (inner) => exchange(call, request, inner),
        ({ status }) => String(status),
      );
    },
  };

  function exchange(call: string, request: HttpRequest, signal: AbortSignal): HttpResponse | Promise<HttpResponse> {
    if (faults.strikes("github-fails", 0.5)) return answer(503, '{"message":"Service Unavailable"}');
    if (call === "DELETE queue") rules.acknowledged(incarnation, messageKey(request, lastSegment(request.url)));
    const asked = call === "GET runners" ? withPageSize(request, pageSize) : request;
    const reply = front.send(asked, { signal });
    if (call === "POST sessions" || call === "PATCH sessions")
      return reply.then((response) => learn(request, response));
    if (call !== "GET queue") return reply;
    return reply.then((response) => {
      if (response.status === 200) {
        const messageId = /"messageId":(\d+)/.exec(response.body)?.[1] ?? "";
        rules.delivered(incarnation, messageKey(request, messageId), response.body);
      }
      return response;
    });
  }

  function noteCapacity({ headers }: HttpRequest): void {
    const scaleSet = scaleSetOfToken.get(headers["Authorization"] ?? "");
    // A missing or unreadable number is as wrong as one that is too high.
    const capacity = Number(headers["X-Scalesetmaxcapacity"] ?? Number.NaN);
    if (scaleSet !== undefined) {
      rules.polls(incarnation, Number(scaleSet), Number.isNaN(capacity) ? Number.POSITIVE_INFINITY : capacity);
    }
  }

  function learn(request: HttpRequest, response: HttpResponse): HttpResponse {
    const token = /"messageQueueAccessToken":"([^"]+)"/.exec(response.body)?.[1];
    const scaleSet = /\/runnerscalesets\/(\d+)\//.exec(request.url)?.[1];
    if (token !== undefined && scaleSet !== undefined) scaleSetOfToken.set(`Bearer ${token}`, scaleSet);
    return response;
  }

  function messageKey({ headers }: HttpRequest, messageId: string): string {
    return `${scaleSetOfToken.get(headers["Authorization"] ?? "") ?? "unknown"}/${messageId}`;
  }
}

/** The name of a call without what varies: a call site's identity for crashes, faults and the trace. */
export function callName({ method, url }: HttpRequest): string {
  const path = url.slice(url.indexOf("/", 8));
  if (path.startsWith("/scalesets/message")) return `${method} queue`;
  if (path.includes("/acquirejobs")) return `${method} acquire`;
  if (path.includes("/sessions")) return `${method} sessions`;
  if (path.includes("/generatejitconfig")) return `${method} jit`;
  if (path.includes("/agents")) return `${method} agents`;
  if (path.includes("/runnerscalesets")) return `${method} scale-sets`;
  if (path.includes("/runnergroups")) return `${method} groups`;
  if (path.includes("/registration-token")) return `${method} registration-token`;
  if (path.includes("/runner-registration")) return `${method} runner-registration`;
  if (path.includes("/actions/runners")) return `${method} runners`;
  return `${method} other`;
}

function withPageSize(request: HttpRequest, pageSize: number): HttpRequest {
  return { ...request, url: request.url.replace("per_page=100", `per_page=${pageSize}`) };
}

/** Tokens and keys stay out of the trace: their length stands for them. */
function digestOf({ url, body }: HttpRequest): string {
  return `${url} ${body === undefined ? 0 : body.length}`;
}

function lastSegment(url: string): string {
  const path = url.split("?")[0] ?? url;
  return path.slice(path.lastIndexOf("/") + 1);
}

function answer(status: number, body: string): HttpResponse {
  return { status, statusText: "", headers: { "content-type": "application/json" }, body };
}

/** For the in-process front: a broken connection in the words of the port. */
export function brokenConnection(message: string): Error {
  return new TransportError(message);
}
