import type { ActionsService, ServiceCall } from "./actions-service.ts";
import { checkedCall, type Line } from "./checked-call.ts";
import { asObject, DecodeError, integerMember, member, stripByteOrderMark, textMember } from "./json.ts";
import { decodeMessage, type ScaleSetMessage } from "./messages.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import type { CallOptions, Log } from "./ports.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { decodeList, decodeScaleSet, type RunnerScaleSet } from "./scale-set.ts";
import { isServiceError, ServiceError, tellingAborts } from "./service-error.ts";
import { isHttpUrl, messageUrl, pollUrl } from "./service-url.ts";
import { decodeStatistics, type Statistics } from "./statistics.ts";

export const nilSessionId = "00000000-0000-0000-0000-000000000000";

/** Pause after an empty success, so that a server in trouble is not polled in a tight loop. */
const emptyAnswerPauseMs = 1_000;
const createAttempts = 4;
const maxCapacity = 2_147_483_647;

export interface SessionSetup {
  readonly service: ActionsService;
  readonly line: Line;
  /** Sent with polls and acknowledgements for the life of the session. */
  readonly userAgent: string;
  readonly log: Log;
  readonly scaleSetId: number;
}

interface SessionFacts {
  readonly sessionId: string;
  readonly ownerName: string;
  readonly scaleSet: RunnerScaleSet | null;
  readonly queueUrl: string;
  readonly queueToken: string;
  readonly statistics: Statistics | null;
}

export async function createMessageSession(
  setup: SessionSetup,
  ownerName: string,
  options: CallOptions,
): Promise<MessageSession> {
  const path = `/_apis/runtime/runnerscalesets/${setup.scaleSetId}/sessions`;
  for (let attempt = 1; ; attempt += 1) {
    const facts = await setup.service.call(
      {
        method: "POST",
        path,
        body: { sessionId: nilSessionId, ownerName },
        expected: 200,
        operation: "session-create",
        line: setup.line,
        decode: decodeSession,
      },
      options,
    );
    const session = new MessageSession(setup, facts);
    if (isHttpUrl(facts.queueUrl) && facts.queueToken !== "") return session;
    // Seen on the live service in bad moments. The useless session still holds the scale set, so give it back.
    setup.log("warn", "session without a queue", { scaleSetId: setup.scaleSetId, attempt });
    await session.close(options);
    if (attempt >= createAttempts) {
      const words = `the service made ${attempt} sessions without a message queue`;
      throw new ServiceError("Decode", words, { method: "POST", url: path });
    }
    await setup.line.clock.sleep(1_000 * 2 ** (attempt - 1), options.signal);
  }
}

/**
 * The exclusive right to one scale set's messages. One operation runs at a time; the next waits, a poll in flight
 * included, so abort the poll to get through at once. An expired queue token is renewed by itself, once per call.
 */
export class MessageSession {
  readonly #setup: SessionSetup;
  readonly #turns = new OneAtATime();
  #facts: SessionFacts;
  #emptyAnswerCount = 0;

  constructor(setup: SessionSetup, facts: SessionFacts) {
    this.#setup = setup;
    this.#facts = facts;
  }

  /** All zeros when the service named none. */
  get sessionId(): string {
    return this.#facts.sessionId;
  }

  get ownerName(): string {
    return this.#facts.ownerName;
  }

  get scaleSet(): RunnerScaleSet | null {
    return this.#facts.scaleSet;
  }

  /** As of the creation or the latest refresh; null when the service sent none. */
  get statistics(): Statistics | null {
    return this.#facts.statistics;
  }

  /** How often a poll was answered by a success without a body. */
  get emptyAnswerCount(): number {
    return this.#emptyAnswerCount;
  }

  /**
   * Waits for the next message, up to the service's own window of about 50 s.
   *
   * @param poll.lastMessageId messages up to this id are skipped; 0 skips none. Not an acknowledgement.
   * @param poll.capacity unfinished jobs, waiting and running, that the scale set is willing to hold; valid for this poll.
   * @param poll.retry instead of the session's policy for this one poll.
   * @returns null when there was none.
   * @throws {ServiceError} `MessageQueueTokenExpired` after a second 401; what the refresh threw when that failed.
   */
  getMessage(
    poll: { readonly lastMessageId: number; readonly capacity: number; readonly retry?: Partial<RetryPolicy> },
    options: CallOptions,
  ): Promise<ScaleSetMessage | null> {
    if (!Number.isInteger(poll.capacity) || poll.capacity < 0 || poll.capacity > maxCapacity) {
      return Promise.reject(
        new RangeError(`capacity must be an integer from 0 to ${maxCapacity}, got ${poll.capacity}`),
      );
    }
    return this.#inTurn("GET", options, async () => {
      const answer = await this.#withFreshToken(options, (facts) => this.#poll(facts, poll, options));
      if (answer !== "empty") return answer;
      this.#emptyAnswerCount += 1;
      await this.#setup.line.clock.sleep(emptyAnswerPauseMs, options.signal);
      return null;
    });
  }

  /** Acknowledges: the message is never delivered again. One that is gone already counts as acknowledged. */
  deleteMessage(messageId: number, options: CallOptions): Promise<void> {
    return this.#inTurn("DELETE", options, async () => {
      try {
        await this.#withFreshToken(options, (facts) => this.#acknowledge(facts, messageId, options));
      } catch (error) {
        if (!isServiceError(error, "NotFound")) throw error;
      }
    });
  }

  /** Claims offered jobs by their `runnerRequestId`. Returns those that were won; others went elsewhere. */
  acquireJobs(runnerRequestIds: readonly number[], options: CallOptions): Promise<readonly number[]> {
    return this.#inTurn("POST", options, () =>
      this.#withFreshToken(options, ({ queueToken }) =>
        this.#setup.service.call(
          {
            method: "POST",
            path: `/_apis/runtime/runnerscalesets/${this.#setup.scaleSetId}/acquirejobs`,
            body: runnerRequestIds,
            expected: 200,
            operation: "queue",
            queueToken,
            line: this.#setup.line,
            decode: (value) => decodeList(value, (id) => integerMember({ id }, "id")),
          },
          options,
        ),
      ),
    );
  }

  /** Renews the queue token. Callers rarely need it: every call does so by itself. */
  refresh(options: CallOptions): Promise<void> {
    return this.#inTurn("PATCH", options, () => this.#refresh(options));
  }

  /** Gives the session back, so that the next one can be made at once. A session that is over already is success. */
  async close(options: CallOptions): Promise<void> {
    if (this.sessionId === nilSessionId) return;
    await this.#inTurn("DELETE", options, async () => {
      try {
        await this.#sessionCall({ method: "DELETE", expected: 204, decode: () => undefined }, options);
      } catch (error) {
        if (!isServiceError(error, "SessionExpired", "NotFound", "ScaleSetNotFound")) throw error;
      }
    });
  }

  #inTurn<T>(method: string, options: CallOptions, work: () => Promise<T>): Promise<T> {
    return tellingAborts({ method, url: this.#sessionPath() }, options, () => this.#turns.run(work, options));
  }

  #poll(
    { queueUrl, queueToken }: SessionFacts,
    poll: { readonly lastMessageId: number; readonly capacity: number; readonly retry?: Partial<RetryPolicy> },
    options: CallOptions,
  ): Promise<ScaleSetMessage | "empty" | null> {
    const { line, userAgent } = this.#setup;
    const headers = {
      "User-Agent": userAgent,
      Accept: "application/json; api-version=6.0-preview",
      Authorization: `Bearer ${queueToken}`,
      // The spelling of GitHub's own client on the wire.
      "X-Scalesetmaxcapacity": String(poll.capacity),
    };
    return checkedCall(
      { ...line, retry: { ...line.retry, ...poll.retry } },
      {
        request: { method: "GET", url: pollUrl(queueUrl, poll.lastMessageId), headers },
        expected: [200, 202],
        operation: "queue",
        cause: unexpectedStatus,
        decode: ({ status, body }) => {
          if (status === 202) return null;
          return stripByteOrderMark(body).trim() === "" ? "empty" : decodeMessage(body);
        },
      },
      options,
    );
  }

  #acknowledge({ queueUrl, queueToken }: SessionFacts, messageId: number, options: CallOptions): Promise<void> {
    const headers = {
      "User-Agent": this.#setup.userAgent,
      Authorization: `Bearer ${queueToken}`,
      "Content-Type": "application/json",
    };
    return checkedCall(
      this.#setup.line,
      {
        request: { method: "DELETE", url: messageUrl(queueUrl, messageId), headers },
        expected: 204,
        operation: "queue",
        cause: unexpectedStatus,
        decode: () => undefined,
      },
      options,
    );
  }

  async #withFreshToken<T>(options: CallOptions, call: (facts: SessionFacts) => Promise<T>): Promise<T> {
    try {
      return await call(this.#facts);
    } catch (error) {
      if (!isServiceError(error, "MessageQueueTokenExpired")) throw error;
      await this.#refresh(options);
      return call(this.#facts);
    }
  }

  async #refresh(options: CallOptions): Promise<void> {
    try {
      const facts = await this.#sessionCall({ method: "PATCH", expected: 200, decode: decodeSession }, options);
      if (!isHttpUrl(facts.queueUrl) || facts.queueToken === "") {
        const where = { method: "PATCH", url: this.#sessionPath() };
        throw new ServiceError("Decode", "the refreshed session has no message queue", where);
      }
      this.#facts = facts;
    } catch (error) {
      throw isServiceError(error) ? error.prefixed("failed to refresh message session") : error;
    }
  }

  #sessionCall<T>(call: Pick<ServiceCall<T>, "method" | "expected" | "decode">, options: CallOptions): Promise<T> {
    const { service, line } = this.#setup;
    return service.call({ ...call, path: this.#sessionPath(), operation: "session-end", line }, options);
  }

  #sessionPath(): string {
    return `/_apis/runtime/runnerscalesets/${this.#setup.scaleSetId}/sessions/${this.#facts.sessionId}`;
  }
}

function unexpectedStatus({ status, statusText }: { readonly status: number; readonly statusText: string }): string {
  return `unexpected status code ${status} ${statusText}`.trim();
}

function decodeSession(value: unknown): SessionFacts {
  const object = asObject(value, "the session");
  const sessionId = textMember(object, "sessionId") || nilSessionId;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sessionId)) throw new DecodeError("sessionId is not a UUID");
  const scaleSet = member(object, "runnerScaleSet") ?? null;
  return {
    sessionId,
    ownerName: textMember(object, "ownerName"),
    scaleSet: scaleSet === null ? null : decodeScaleSet(scaleSet),
    queueUrl: textMember(object, "messageQueueUrl"),
    queueToken: textMember(object, "messageQueueAccessToken"),
    statistics: decodeStatistics(member(object, "statistics")),
  };
}
