import type { CallOptions, HttpRequest, HttpResponse, Transport } from "../../src/scale-set/ports.ts";
import { statistics } from "./client-setup.ts";
import { answer, exception, jwt, untilAborted } from "./scripted-transport.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const windowMs = 50_000;

interface QueuedMessage {
  readonly messageId: number;
  readonly messageType: string;
  readonly body: string;
}

/** One scale set with its queue and session: the few rules that a listener meets, and switches for what goes wrong. */
export class SmallService implements Transport {
  /** What was called, in order: `create`, `poll 0 cap 5`, `ack 1`, `acquire 8,9`, `refresh`, `close`. */
  readonly calls: string[] = [];
  readonly acknowledged: number[] = [];
  /** Unfinished jobs that the counts tell of. */
  assignedJobs = 0;
  holder: string | undefined;
  isDeleted = false;
  sessionMembers: Readonly<Record<string, unknown>> = {};
  /** May answer in place of the service. */
  fault: (call: string, request: HttpRequest) => HttpResponse | Error | "hang" | "lose-answer" | undefined = () =>
    undefined;

  readonly #clock: VirtualClock;
  readonly #messages: QueuedMessage[] = [];
  #nextMessageId = 1;
  #sessionCount = 0;
  #tokenCount = 0;
  #validTokens = new Set<string>();
  #wake = Promise.withResolvers<void>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Puts a message into the queue. */
  publish(jobs: readonly object[], messageType = "RunnerScaleSetJobMessages"): number {
    const messageId = this.#nextMessageId++;
    this.#messages.push({ messageId, messageType, body: JSON.stringify(jobs) });
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    return messageId;
  }

  get queueLength(): number {
    return this.#messages.length;
  }

  /** The session ends as one that the service has forgotten. */
  evict(): void {
    this.holder = undefined;
    this.#validTokens.clear();
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Somebody else makes a session of his own. */
  takeOver(owner: string): void {
    this.evict();
    this.#sessionCount += 1;
    this.holder = owner;
  }

  /** The queue token ends; the session stays. */
  expireQueueToken(): void {
    this.#validTokens.clear();
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async send(request: HttpRequest, { signal }: CallOptions): Promise<HttpResponse> {
    signal.throwIfAborted();
    if (request.url.endsWith("/registration-token")) return answer(201, { token: "registration" });
    if (request.url.endsWith("/runner-registration")) {
      return answer(200, { url: "https://service.test/", token: jwt(this.#clock.nowMs() + 3_600_000) });
    }
    const call = this.#nameOf(request);
    this.calls.push(call);
    const fault = this.fault(call, request);
    if (fault === "hang") return untilAborted(signal);
    if (fault === "lose-answer") {
      await this.#serve(call, request, signal);
      throw new Error("connection reset");
    }
    if (fault instanceof Error) throw fault;
    return fault ?? this.#serve(call, request, signal);
  }

  #nameOf({ method, url, headers, body }: HttpRequest): string {
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith("/sessions")) return "create";
    if (pathname.includes("/sessions/")) return method === "PATCH" ? "refresh" : "close";
    if (pathname.endsWith("/acquirejobs")) return `acquire ${(JSON.parse(body ?? "[]") as number[]).join()}`;
    if (method === "DELETE") return `ack ${pathname.split("/").at(-1)}`;
    return `poll ${searchParams.get("lastMessageId") ?? 0} cap ${headers["X-Scalesetmaxcapacity"]}`;
  }

  async #serve(call: string, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    if (this.isDeleted) return exception(404, "RunnerScaleSetNotFoundException", "No runner scale set found.");
    const token = request.headers["Authorization"]?.slice("Bearer ".length) ?? "";
    if (call === "create") {
      if (this.holder !== undefined) return exception(409, "RunnerScaleSetSessionConflictException", "held");
      this.#sessionCount += 1;
      this.holder = (JSON.parse(request.body ?? "{}") as { ownerName: string }).ownerName;
      return this.#session();
    }
    if (call === "refresh" || call === "close") {
      const isMine = this.holder !== undefined && request.url.includes(this.#sessionId());
      if (!isMine) return exception(400, "RunnerScaleSetSessionExpiredException", "not valid");
      if (call === "refresh") return this.#session();
      this.holder = undefined;
      this.#validTokens.clear();
      return answer(204);
    }
    if (!this.#validTokens.has(token)) return answer(401, "expired", { "content-type": "text/plain" });
    if (call.startsWith("acquire")) {
      const ids = JSON.parse(request.body ?? "[]") as number[];
      return answer(200, { count: ids.length, value: ids });
    }
    if (call.startsWith("ack")) {
      const messageId = Number(call.split(" ")[1]);
      const index = this.#messages.findIndex((message) => message.messageId === messageId);
      if (index >= 0) this.acknowledged.push(...this.#messages.splice(index, 1).map((message) => message.messageId));
      return answer(204);
    }
    return this.#poll(Number(call.split(" ")[1]), token, signal);
  }

  async #poll(cursor: number, token: string, signal: AbortSignal): Promise<HttpResponse> {
    const untilMs = this.#clock.nowMs() + windowMs;
    for (;;) {
      if (!this.#validTokens.has(token)) return answer(401);
      const message = this.#messages.find(({ messageId }) => messageId > cursor);
      if (message !== undefined) return answer(200, { ...message, statistics: this.#statistics() });
      const leftMs = untilMs - this.#clock.nowMs();
      if (leftMs <= 0) return answer(202);
      const waiting = new AbortController();
      const leave = () => waiting.abort(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
      try {
        await Promise.race([this.#wake.promise, this.#clock.sleep(leftMs, waiting.signal)]);
      } finally {
        signal.removeEventListener("abort", leave);
        waiting.abort();
      }
    }
  }

  #session(): HttpResponse {
    this.#tokenCount += 1;
    const token = `queue-token-${this.#tokenCount}`;
    this.#validTokens.add(token);
    return answer(200, {
      sessionId: this.#sessionId(),
      ownerName: this.holder,
      messageQueueUrl: "https://queue.test/scalesets/message",
      messageQueueAccessToken: token,
      statistics: this.#statistics(),
      ...this.sessionMembers,
    });
  }

  #sessionId(): string {
    return `00000000-0000-4000-8000-${String(this.#sessionCount).padStart(12, "0")}`;
  }

  #statistics(): object {
    return { ...statistics, totalAssignedJobs: this.assignedJobs };
  }
}
