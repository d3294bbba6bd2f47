import type { Dispatch } from "./dispatch.ts";
import type { Kernel } from "./kernel.ts";
import { type Poll, type QueueAnswer, type QueueToken, type ScaleSet, Session } from "./records.ts";
import { Refusal } from "./refusal.ts";
import { randomGuid } from "./time-and-chance.ts";
import type { Tokens } from "./tokens.ts";

/** Message sessions and their long polls. */
export class Sessions {
  readonly #kernel: Kernel;
  readonly #tokens: Tokens;
  readonly #polls = new Map<number, Poll>();
  #dispatch: Dispatch | undefined;
  #lastTicket = 0;

  constructor(kernel: Kernel, tokens: Tokens) {
    this.#kernel = kernel;
    this.#tokens = tokens;
  }

  /** The two need each other: a poll makes jobs flow, and a message ends a poll. */
  serveWith(dispatch: Dispatch): void {
    this.#dispatch = dispatch;
  }

  /** @throws {Refusal} "session-conflict": somebody holds the scale set, whoever asks. */
  create(scaleSet: ScaleSet, ownerName: string, origin: string): Session {
    const holder = scaleSet.session;
    if (holder !== undefined) {
      throw new Refusal(
        "session-conflict",
        `The runner scale set ${scaleSet.name} already has an active session for owner ${holder.ownerName}.`,
      );
    }
    const session = new Session({
      id: randomGuid(this.#kernel.random),
      scaleSet,
      ownerName,
      origin,
      nowMs: this.#kernel.nowMs(),
    });
    scaleSet.session = session;
    this.#watch(session, this.#kernel.limits.sessionAbandonMs);
    return session;
  }

  /** @throws {Refusal} "session-expired" or "session-evicted": it is over. */
  refresh(scaleSet: ScaleSet, sessionId: string): Session {
    const session = this.#alive(scaleSet, sessionId);
    session.lastHeardMs = this.#kernel.nowMs();
    return session;
  }

  /** @throws {Refusal} "session-expired" or "session-evicted": it is over already. */
  delete(scaleSet: ScaleSet, sessionId: string): void {
    const session = this.#alive(scaleSet, sessionId);
    if (this.#kernel.behaviour.sessionHeldAfterDeleteMs > 0) {
      this.sever(session, this.#kernel.behaviour.sessionHeldAfterDeleteMs);
    } else {
      this.end(session);
    }
  }

  /** Ends a session: its polls are refused, its offers lapse, and the scale set is free. */
  end(session: Session): void {
    const { scaleSet } = session;
    if (scaleSet.session !== session) return;
    session.abandonDeadline?.cancel();
    this.#silence(session);
    scaleSet.session = undefined;
  }

  /** Ends a session for its client, while the scale set stays taken for `heldMs`: the aftermath of an unclean end. */
  sever(session: Session, heldMs: number): void {
    if (session.scaleSet.session !== session) return;
    session.held = true;
    this.#silence(session);
    session.abandonDeadline?.cancel();
    session.abandonDeadline = this.#kernel.after(heldMs, () => this.end(session));
  }

  /** Starts a poll and leaves it among the parked ones; the caller looks at `answer` after the evaluation. */
  open(token: QueueToken, lastMessageId: number, capacity: number): Poll {
    const { session } = token;
    this.#lastTicket += 1;
    const poll: Poll = {
      ticket: this.#lastTicket,
      session,
      token,
      lastMessageId,
      capacity,
      answer: undefined,
      parked: false,
      windowDeadline: undefined,
      tokenDeadline: undefined,
    };
    session.polls.add(poll);
    session.lastHeardMs = this.#kernel.nowMs();
    this.#dispatch?.polling.add(session.scaleSet);
    this.#kernel.touched.add(session.scaleSet);
    return poll;
  }

  /** Lets a poll without an answer wait for one. */
  park(poll: Poll): void {
    const windowMs = this.#kernel.limits.pollWindowMs;
    if (windowMs <= 0) {
      this.settle(poll, { kind: "nothing" });
      return;
    }
    poll.parked = true;
    this.#polls.set(poll.ticket, poll);
    const endMs = this.#kernel.nowMs() + windowMs;
    poll.windowDeadline = this.#kernel.deadlines.at(endMs, () => this.settle(poll, { kind: "nothing" }));
    this.#watchToken(poll);
  }

  /** Ends a poll. A parked one is told as an effect. */
  settle(poll: Poll, answer: QueueAnswer): void {
    if (poll.answer !== undefined) return;
    poll.answer = answer;
    const { session } = poll;
    session.polls.delete(poll);
    session.lastHeardMs = this.#kernel.nowMs();
    if (session.polls.size === 0) this.#dispatch?.polling.delete(session.scaleSet);
    poll.windowDeadline?.cancel();
    poll.tokenDeadline?.cancel();
    if (!poll.parked) return;
    this.#polls.delete(poll.ticket);
    this.#kernel.emit({ kind: "poll-settled", ticket: poll.ticket, answer });
  }

  /** The client of a parked poll went away. Nothing is lost: delivery changes no state. */
  abandon(ticket: number): void {
    const poll = this.#polls.get(ticket);
    if (poll !== undefined) this.settle(poll, { kind: "nothing" });
  }

  /** Ends every parked poll with nothing to say. */
  releaseAll(): void {
    for (const poll of [...this.#polls.values()]) this.settle(poll, { kind: "nothing" });
  }

  /** Looks again at when each parked poll's token is refused. */
  recheck(): void {
    for (const poll of [...this.#polls.values()]) this.#watchToken(poll);
  }

  get parkedCount(): number {
    return this.#polls.size;
  }

  #alive(scaleSet: ScaleSet, sessionId: string): Session {
    const session = scaleSet.session;
    if (session !== undefined && !session.held && session.id === sessionId.toLowerCase()) return session;
    if (this.#kernel.behaviour.deadSessionAnswer === "evicted") {
      throw new Refusal("session-evicted", "runner referenced a session ID that doesn't exist in redis");
    }
    throw new Refusal("session-expired", `The session identifier ${sessionId} is not valid.`);
  }

  /** On a good day a poll outlives its token; only an early expiry strikes in the middle of one. */
  #watchToken(poll: Poll): void {
    poll.tokenDeadline?.cancel();
    poll.tokenDeadline = undefined;
    if (this.#kernel.behaviour.tokenLifetimeCapMs === Number.POSITIVE_INFINITY) return;
    const refusedFromMs = this.#tokens.refusedFromMs(poll.token);
    poll.tokenDeadline = this.#kernel.deadlines.at(Math.max(refusedFromMs, this.#kernel.nowMs()), () =>
      this.settle(poll, { kind: "unauthorized" }),
    );
  }

  #silence(session: Session): void {
    for (const poll of [...session.polls]) this.settle(poll, { kind: "unauthorized" });
    this.#tokens.revokeQueue(session);
    const { scaleSet } = session;
    for (const job of scaleSet.offers.values()) job.offeredTo.delete(scaleSet);
    scaleSet.offers.clear();
  }

  /** A session is abandoned when nothing was heard of it for the whole time and no poll is parked. */
  #watch(session: Session, waitMs: number): void {
    session.abandonDeadline = this.#kernel.after(waitMs, () => {
      if (session.polls.size > 0) {
        this.#watch(session, this.#kernel.limits.sessionAbandonMs);
        return;
      }
      const idleMs = this.#kernel.nowMs() - session.lastHeardMs;
      const leftMs = this.#kernel.limits.sessionAbandonMs - idleMs;
      if (leftMs > 0) this.#watch(session, leftMs);
      else this.end(session);
    });
  }
}
