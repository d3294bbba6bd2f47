import { AbortScope, withDeadline, withGrace } from "./abort-scope.ts";
import { ConnectionTrouble, defaultPatience, errorText, type ListenerPatience } from "./connection-trouble.ts";
import type { ListenerState } from "./listener-state.ts";
import { nilSessionId, type MessageSession } from "./message-session.ts";
import type { JobAvailable, JobMessage, ScaleSetMessage } from "./messages.ts";
import { OpenOffers } from "./open-offers.ts";
import type { CallOptions, Clock, Log } from "./ports.ts";
import type { ScaleSetClient } from "./scale-set-client.ts";
import { isServiceError } from "./service-error.ts";
import type { Statistics } from "./statistics.ts";

/** What a program does with what its scale set is told. Everything may be said twice: after a crash, or a lost answer. */
export interface ListenerHandler {
  /** Unfinished jobs, waiting and running, that can be held now. Asked before each poll; 0 to 2147483647. */
  capacity(): number;
  /**
   * The counts at the start of a session, and again, as last heard, after each poll window without a message. Rejecting
   * makes the listener try again after a pause.
   */
  onStatistics(statistics: Statistics, options: CallOptions): Promise<void> | void;
  /**
   * One message with its counts. It is acknowledged after this resolves. After a rejection it is delivered again; after
   * several it is acknowledged all the same and reported as an error, so that it cannot block the queue.
   */
  onMessage(message: Delivery, statistics: Statistics, options: CallOptions): Promise<void> | void;
  /**
   * Which of the offered jobs to take, by `runnerRequestId`: reserve what each needs first. Offers that are not taken are
   * offered again after the next poll. Default: all. Never called on github.com, where jobs are assigned unasked.
   */
  chooseOffers?(offers: readonly JobAvailable[], options: CallOptions): Promise<readonly number[]> | readonly number[];
  onState?(state: ListenerState): void;
}

export interface Delivery {
  readonly messageId: number;
  readonly jobs: readonly JobMessage[];
  /** Offers of this or an earlier message that were won for this delivery. */
  readonly acquiredRequestIds: readonly number[];
}

export interface ListenerOptions {
  readonly client: ScaleSetClient;
  readonly scaleSetId: number;
  /** Shown to others who want the session; the host's name, for example. */
  readonly ownerName: string;
  readonly clock: Clock;
  readonly handler: ListenerHandler;
  readonly patience?: Partial<ListenerPatience>;
  readonly log?: Log;
}

/** How often something happened that a healthy service seldom does. */
export interface ListenerCounts {
  readonly sessions: number;
  readonly emptyAnswers: number;
  readonly redeliveries: number;
  /** Messages acknowledged although the handler failed on them to the last attempt. */
  readonly givenUpMessages: number;
}

/**
 * Listens to one scale set for as long as it is let: acquire, handle, then acknowledge. Survives session conflicts, evicted
 * sessions, expired tokens, hung polls, and any outage, by trying again with growing pauses.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #patience: ListenerPatience;
  readonly #trouble: ConnectionTrouble;
  readonly #offers = new OpenOffers();
  /** Handled but perhaps not acknowledged: a redelivery is acknowledged and not handled again. */
  readonly #handled = new Set<number>();
  #failing: { readonly messageId: number; count: number } | undefined;
  #poll: AbortScope | undefined;
  #counts = { sessions: 0, emptyAnswers: 0, redeliveries: 0, givenUpMessages: 0 };

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#patience = { ...defaultPatience, ...options.patience };
    this.#trouble = new ConnectionTrouble({
      clock: options.clock,
      patience: this.#patience,
      report: (state) => options.handler.onState?.(state),
      log: this.#log,
    });
  }

  get counts(): ListenerCounts {
    return { ...this.#counts };
  }

  /**
   * Runs until the signal fires; then finishes the message in hand, gives the session back and resolves.
   *
   * @throws {ServiceError} `ScaleSetNotFound`: the scale set is gone at GitHub; create it again, then listen to the new one.
   */
  async run({ signal }: CallOptions): Promise<void> {
    this.#trouble.connecting();
    while (!signal.aborted) {
      const session = await this.#connect(signal);
      if (session === undefined) return;
      let held = true;
      try {
        held = await this.#consume(session, signal);
      } catch (error) {
        held = !isServiceError(error, "ScaleSetNotFound");
        throw error;
      } finally {
        if (held) await this.#close(session);
      }
    }
  }

  /**
   * Ends a poll in flight and polls again with the capacity of now. A poll waits up to a minute with the capacity that it
   * was given, so call this when there is room again after there was none. Loses nothing.
   */
  repoll(): void {
    this.#poll?.abort(new DOMException("The capacity changed.", "AbortError"));
  }

  async #connect(signal: AbortSignal): Promise<MessageSession | undefined> {
    const { client, clock, ownerName, scaleSetId } = this.#options;
    const retry = { attemptTimeoutMs: this.#patience.callTimeoutMs };
    for (;;) {
      if (signal.aborted) return undefined;
      try {
        // Not given up at once by a stop: an answer thrown away would leave a session that blocks the next listener.
        const session = await withGrace(clock, signal, this.#patience.createGraceMs, (late) =>
          client.createMessageSession(scaleSetId, { ownerName, retry }, { signal: late }),
        );
        this.#counts.sessions += 1;
        const unusable = unusableReason(session);
        if (unusable === undefined) return session;
        await this.#close(session);
        await this.#trouble.pause("session-unusable", unusable, signal);
      } catch (error) {
        if (isServiceError(error, "ScaleSetNotFound")) throw error;
        if (!signal.aborted) await this.#trouble.pauseAfter(error, signal);
      }
    }
  }

  /** Resolves with whether the session may still be held when it is of no more use. */
  async #consume(session: MessageSession, signal: AbortSignal): Promise<boolean> {
    let lastMessageId = 0;
    let statistics = session.statistics as Statistics;
    let initial = true;
    this.#offers.clear();
    while (!signal.aborted) {
      try {
        if (initial) {
          await this.#tell(statistics, signal);
          initial = false;
          this.#trouble.connected();
        }
        const message = await this.#next(session, lastMessageId, signal);
        if (message === "interrupted") continue;
        statistics = message?.statistics ?? statistics;
        if (message === null) {
          await this.#tell(statistics, signal);
          await this.#finish(signal, (late) => this.#acquire(session, late));
        } else {
          await this.#finish(signal, (late) => this.#deliver(session, message, statistics, late));
          lastMessageId = message.messageId;
        }
        this.#trouble.over();
      } catch (error) {
        if (signal.aborted) break;
        if (isServiceError(error, "ScaleSetNotFound")) throw error;
        if (isServiceError(error, "SessionExpired", "MessageQueueTokenExpired", "NotFound")) {
          this.#log("warn", "session lost", { error: error.message });
          await this.#trouble.sessionLost(error, signal);
          return !isServiceError(error, "SessionExpired");
        }
        await this.#trouble.pauseAfter(error, signal);
      }
    }
    return true;
  }

  async #next(
    session: MessageSession,
    lastMessageId: number,
    signal: AbortSignal,
  ): Promise<ScaleSetMessage | null | "interrupted"> {
    const scope = new AbortScope(signal);
    const emptyBefore = session.emptyAnswerCount;
    this.#poll = scope;
    try {
      // One attempt: this loop repeats by itself, each time with the capacity of the moment.
      const retry = { retryMax: 0, attemptTimeoutMs: this.#patience.pollTimeoutMs };
      const capacity = this.#options.handler.capacity();
      return await session.getMessage({ lastMessageId, capacity, retry }, { signal: scope.signal });
    } catch (error) {
      if (scope.signal.aborted && !signal.aborted) return "interrupted";
      throw error;
    } finally {
      this.#counts.emptyAnswers += session.emptyAnswerCount - emptyBefore;
      this.#poll = undefined;
      scope.dispose();
    }
  }

  async #deliver(
    session: MessageSession,
    message: ScaleSetMessage,
    statistics: Statistics,
    signal: AbortSignal,
  ): Promise<void> {
    const { messageId, jobs } = message;
    if (message.problems.length > 0) {
      this.#log("warn", "message with unreadable parts", { messageId, problems: message.problems.slice(0, 10) });
    }
    if (this.#handled.has(messageId)) {
      this.#counts.redeliveries += 1;
      await this.#options.handler.onStatistics(statistics, { signal });
    } else {
      await this.#boundedAttempts(messageId, async (last) => {
        this.#offers.take(jobs);
        const acquiredRequestIds = await this.#acquire(session, signal).catch((error: unknown) => {
          // Still open offers are asked for again after each poll, so the rest of the message need not wait for them.
          if (!last || isSessionTrouble(error)) throw error;
          this.#log("warn", "offered jobs not acquired yet", { messageId, error: errorText(error) });
          return [];
        });
        await this.#options.handler.onMessage({ messageId, jobs, acquiredRequestIds }, statistics, { signal });
      });
      this.#handled.add(messageId);
    }
    await session.deleteMessage(messageId, { signal });
    this.#handled.delete(messageId);
  }

  /** Lets `work` fail, and the message be delivered again, so many times; then gives the message up. */
  async #boundedAttempts(messageId: number, work: (last: boolean) => Promise<void>): Promise<void> {
    if (this.#failing?.messageId !== messageId) this.#failing = { messageId, count: 0 };
    const failing = this.#failing;
    const last = failing.count + 1 >= this.#patience.handlingAttempts;
    try {
      await work(last);
      this.#failing = undefined;
    } catch (error) {
      if (isSessionTrouble(error)) throw error;
      failing.count += 1;
      if (!last) throw error;
      this.#failing = undefined;
      this.#counts.givenUpMessages += 1;
      const facts = { messageId, attempts: failing.count, error: errorText(error) };
      this.#log("error", "message given up after too many failed attempts", facts);
    }
  }

  async #acquire(session: MessageSession, signal: AbortSignal): Promise<readonly number[]> {
    const offers = this.#offers.all();
    if (offers.length === 0) return [];
    const chosen = await (this.#options.handler.chooseOffers?.(offers, { signal }) ??
      offers.map((offer) => offer.runnerRequestId));
    const ids = chosen.filter((id) => this.#offers.has(id));
    if (ids.length === 0) return [];
    const acquired = await session.acquireJobs(ids, { signal });
    this.#offers.settle(ids);
    return acquired;
  }

  #tell(statistics: Statistics, signal: AbortSignal): Promise<void> {
    return this.#finish(signal, async (late) => this.#options.handler.onStatistics(statistics, { signal: late }));
  }

  #finish<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withGrace(this.#options.clock, signal, this.#patience.finishGraceMs, work);
  }

  async #close(session: MessageSession): Promise<void> {
    const { clock } = this.#options;
    const fresh = new AbortController().signal;
    try {
      await withDeadline(clock, fresh, this.#patience.closeTimeoutMs, (signal) => session.close({ signal }));
    } catch (error) {
      this.#log("warn", "session not given back; the service frees it after one to two minutes", {
        error: errorText(error),
      });
    }
  }

  readonly #log: Log = (level, message, facts) =>
    this.#options.log?.(level, message, { scaleSetId: this.#options.scaleSetId, ...facts });
}

/** The session is the cause and not the message, so the message keeps its attempts. */
function isSessionTrouble(error: unknown): boolean {
  return isServiceError(error, "ScaleSetNotFound", "SessionExpired", "MessageQueueTokenExpired", "Aborted");
}

function unusableReason(session: MessageSession): string | undefined {
  if (session.sessionId === nilSessionId) return "initial session is nil";
  return session.statistics === null ? "session statistics is nil" : undefined;
}
