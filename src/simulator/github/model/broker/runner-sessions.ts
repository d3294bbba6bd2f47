import { randomGuid, type ModelRandom } from "../time-and-chance.ts";
import type { HeldOutJob, JobDesk } from "./job-desk.ts";
import { jobCancellation, jobRequest, type RunnerMessage } from "./runner-message.ts";

/** How a runner's poll ends. */
export type RunnerPollAnswer =
  | { readonly kind: "message"; readonly message: RunnerMessage }
  | { readonly kind: "nothing" }
  /** The registration was removed: the runner should delete its files and leave. */
  | { readonly kind: "runner-gone" }
  /** Another session took this one's place, or it was silent for too long: the runner opens a new one. */
  | { readonly kind: "session-invalid" };

/** Tells a front that the parked poll with this ticket is over. */
export interface RunnerPollSettled {
  readonly kind: "runner-poll-settled";
  readonly ticket: number;
  readonly answer: RunnerPollAnswer;
}

export interface RunnerSessionLimits {
  /** How long a poll is held when there is nothing to say. */
  readonly pollWindowMs: number;
  /** A session without a poll for this long is over. */
  readonly silenceMs: number;
  /** How long a runner whose job is over may go on polling before it is told that it is gone. */
  readonly graceMs: number;
}

export const defaultRunnerSessionLimits: RunnerSessionLimits = {
  pollWindowMs: 50_000,
  silenceMs: 90_000,
  graceMs: 60_000,
};

/** Time as the sessions need it. */
export interface SessionTime {
  nowMs(): number;
  after(durationMs: number, fire: () => void): Cancellable;
}

interface Cancellable {
  cancel(): void;
}

/** A message on its way: handed to polls again and again until the runner confirms it, but not in a tight loop. */
interface HandOut {
  readonly jobId: string;
  readonly message: RunnerMessage;
  dueAtMs: number;
  confirmed: boolean;
}

interface ParkedPoll {
  readonly ticket: number;
  readonly session: Session;
  readonly online: boolean;
  readonly windowEndsMs: number;
  deadline: Cancellable | undefined;
}

interface Session {
  readonly id: string;
  readonly runnerId: number;
  readonly serviceBase: string;
  readonly polls: Set<ParkedPoll>;
  silence: Cancellable | undefined;
  offer: HandOut | undefined;
  cancellation: HandOut | undefined;
  /** The answer that went out last, in case its front finds the socket dead. */
  lastHanded: { readonly ticket: number; readonly handOut: HandOut } | undefined;
}

/** A job reference that was written and neither acknowledged nor acquired is given to the next free poll after this. */
const offerRepeatMs = 1_000;
/** A cancellation is repeated at this pace until the job is over. */
const cancellationRepeatMs = 10_000;

/**
 * The sessions of runners and their message queue, the same for the broker and for the older queue. One session a runner;
 * a new one replaces it.
 *
 * Nothing is ever queued: what a poll gets is computed from what the job desk holds out now, so no aborted poll, lost
 * answer or replaced session can lose a message. Handing out only starts a pause before the next hand-out.
 */
export class RunnerSessions {
  readonly #time: SessionTime;
  readonly #random: ModelRandom;
  readonly #desk: JobDesk;
  readonly #limits: RunnerSessionLimits;
  readonly #emit: (effect: RunnerPollSettled) => void;
  readonly #onRunnerOver: (runnerId: number) => void;
  readonly #sessions = new Map<number, Session>();
  readonly #parked = new Map<number, ParkedPoll>();
  /** Runners whose one job is over, until they close their session or the grace ends. */
  readonly #leaving = new Map<number, Cancellable>();
  #lastTicket = 0;
  #lastMessageId = 0;

  /** @param options.onRunnerOver the runner left for good: its key and tokens end. */
  constructor(options: {
    readonly time: SessionTime;
    readonly random: ModelRandom;
    readonly desk: JobDesk;
    readonly emit: (effect: RunnerPollSettled) => void;
    readonly onRunnerOver: (runnerId: number) => void;
    readonly limits?: Partial<RunnerSessionLimits>;
  }) {
    this.#time = options.time;
    this.#random = options.random;
    this.#desk = options.desk;
    this.#emit = options.emit;
    this.#onRunnerOver = options.onRunnerOver;
    this.#limits = { ...defaultRunnerSessionLimits, ...options.limits };
  }

  /** Opens the runner's session and ends an older one. Undefined when the runner is not registered any more. */
  open(runnerId: number, serviceBase: string): string | undefined {
    if (!this.#desk.isRegistered(runnerId)) return undefined;
    this.#end(runnerId, { kind: "session-invalid" });
    const session: Session = {
      id: randomGuid(this.#random),
      runnerId,
      serviceBase,
      polls: new Set(),
      silence: undefined,
      offer: undefined,
      cancellation: undefined,
      lastHanded: undefined,
    };
    this.#sessions.set(runnerId, session);
    this.#listenForSilence(session);
    return session.id;
  }

  /** Closes the runner's session, whatever its id; closing none is no error. */
  close(runnerId: number): void {
    if (this.#end(runnerId, { kind: "session-invalid" })) this.#desk.runnerDisconnected(runnerId);
    if (this.#leaving.has(runnerId)) this.#finish(runnerId);
  }

  /** Whether `sessionId` is the runner's session now. */
  holds(runnerId: number, sessionId: string): boolean {
    return this.#sessions.get(runnerId)?.id === sessionId.toLowerCase();
  }

  /** A poll of a runner: the answer, or none yet; then an effect with the ticket brings it. */
  poll(
    runnerId: number,
    request: { readonly sessionId: string; readonly online: boolean },
  ): { readonly ticket: number; readonly answer: RunnerPollAnswer | undefined } {
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    if (!this.#isHere(runnerId)) return { ticket, answer: { kind: "runner-gone" } };
    const session = this.#sessions.get(runnerId);
    if (session === undefined || session.id !== request.sessionId.toLowerCase()) {
      return { ticket, answer: { kind: "session-invalid" } };
    }
    session.silence?.cancel();
    const windowEndsMs = this.#time.nowMs() + this.#limits.pollWindowMs;
    const poll: ParkedPoll = { ticket, session, online: request.online, windowEndsMs, deadline: undefined };
    // Parked before the desk hears of the runner: the desk may hold out a job at once and that settles this very poll.
    session.polls.add(poll);
    if (request.online && !this.#leaving.has(runnerId)) this.#desk.runnerConnected(runnerId);
    const answer = this.#answerFor(poll);
    if (answer === undefined) {
      this.#parked.set(ticket, poll);
      this.#arm(poll);
      return { ticket, answer: undefined };
    }
    session.polls.delete(poll);
    this.#listenForSilence(session);
    return { ticket, answer };
  }

  /**
   * The client of a poll had gone before it had the answer: a message goes to the next poll at once, and a poll that is
   * still parked is taken back. Nobody has to report it for a message to come again; it only takes longer then.
   */
  pollLost(ticket: number): void {
    const parked = this.#parked.get(ticket);
    if (parked !== undefined) {
      this.#unpark(parked);
      this.#listenForSilence(parked.session);
      return;
    }
    for (const session of this.#sessions.values()) {
      if (session.lastHanded?.ticket !== ticket) continue;
      session.lastHanded.handOut.dueAtMs = this.#time.nowMs();
      this.#wake(session);
      return;
    }
  }

  /** The runner says that it will acquire the job. False when no such job is held out to it. */
  acknowledge(runnerId: number, jobId: string): boolean {
    const offer = this.#sessions.get(runnerId)?.offer;
    if (offer === undefined || offer.jobId !== jobId.toLowerCase()) return false;
    offer.confirmed = true;
    return true;
  }

  /** The runner deletes a message of the older queue. An unknown message is deleted already. */
  deleteMessage(runnerId: number, messageId: number): void {
    const session = this.#sessions.get(runnerId);
    for (const handOut of [session?.offer, session?.cancellation]) {
      if (handOut?.message.messageId === messageId) handOut.confirmed = true;
    }
  }

  /**
   * The desk took back what it held out; holding out the same job again later is a new message. A runner that let its job
   * lapse and is not even polling is not there: until its next poll the job goes to others.
   */
  withdrawn(runnerId: number, jobId: string): void {
    const session = this.#sessions.get(runnerId);
    if (session === undefined) return;
    if (session.offer?.jobId === jobId) session.offer = undefined;
    if (session.polls.size === 0) this.#desk.runnerDisconnected(runnerId);
  }

  /** The desk holds something out to the runner. */
  look(runnerId: number): void {
    const session = this.#sessions.get(runnerId);
    if (session !== undefined) this.#wake(session);
  }

  /**
   * The runner's one job is over. Its registration goes, but for a while its polls are answered as before: an error right
   * after `completejob` would cut a runner's shutdown short.
   */
  leave(runnerId: number): void {
    if (this.#leaving.has(runnerId)) return;
    this.#leaving.set(
      runnerId,
      this.#time.after(this.#limits.graceMs, () => this.#finish(runnerId)),
    );
  }

  /** Takes `leave` back: the runner is free for another job. */
  stay(runnerId: number): void {
    this.#leaving.get(runnerId)?.cancel();
    this.#leaving.delete(runnerId);
  }

  /** The registration is gone. A leaving runner keeps its grace; any other one learns it from its poll. */
  registrationGone(runnerId: number): void {
    if (!this.#leaving.has(runnerId)) this.#finish(runnerId);
  }

  /** Ends every parked poll, for a front that shuts down. */
  releaseAll(): void {
    for (const poll of [...this.#parked.values()]) this.#settle(poll, { kind: "nothing" });
  }

  #answerFor(poll: ParkedPoll): RunnerPollAnswer | undefined {
    const { session } = poll;
    const cancellation = this.#handOut(
      session.cancellation,
      this.#desk.cancellationFor(session.runnerId),
      jobCancellation,
    );
    session.cancellation = cancellation;
    const offer = this.#handOut(session.offer, this.#desk.offerFor(session.runnerId), (messageId, jobId) =>
      jobRequest(messageId, jobId, session.serviceBase),
    );
    session.offer = offer;
    const nowMs = this.#time.nowMs();
    for (const [handOut, wanted, repeatMs] of [
      [cancellation, true, cancellationRepeatMs],
      [offer, poll.online, offerRepeatMs],
    ] as const) {
      if (handOut === undefined || !wanted || handOut.confirmed || handOut.dueAtMs > nowMs) continue;
      handOut.dueAtMs = nowMs + repeatMs;
      session.lastHanded = { ticket: poll.ticket, handOut };
      return { kind: "message", message: handOut.message };
    }
    return nowMs >= poll.windowEndsMs ? { kind: "nothing" } : undefined;
  }

  #handOut(
    known: HandOut | undefined,
    job: HeldOutJob | undefined,
    write: (messageId: number, jobId: string) => RunnerMessage,
  ): HandOut | undefined {
    if (job === undefined) return undefined;
    if (known?.jobId === job.jobId) return known;
    this.#lastMessageId += 1;
    return {
      jobId: job.jobId,
      message: write(this.#lastMessageId, job.jobId),
      dueAtMs: this.#time.nowMs(),
      confirmed: false,
    };
  }

  /** Gives a session's parked polls what is due, the oldest poll first, and sets when to look again. */
  #wake(session: Session): void {
    for (const poll of [...session.polls]) {
      if (!this.#parked.has(poll.ticket)) continue;
      const answer = this.#answerFor(poll);
      if (answer === undefined) this.#arm(poll);
      else this.#settle(poll, answer);
    }
  }

  #arm(poll: ParkedPoll): void {
    const { offer, cancellation } = poll.session;
    const nextMs = Math.min(
      poll.windowEndsMs,
      offer !== undefined && !offer.confirmed && poll.online ? offer.dueAtMs : Number.POSITIVE_INFINITY,
      cancellation !== undefined && !cancellation.confirmed ? cancellation.dueAtMs : Number.POSITIVE_INFINITY,
    );
    poll.deadline?.cancel();
    poll.deadline = this.#time.after(Math.max(0, nextMs - this.#time.nowMs()), () => this.#wake(poll.session));
  }

  #settle(poll: ParkedPoll, answer: RunnerPollAnswer): void {
    this.#unpark(poll);
    if (this.#sessions.get(poll.session.runnerId) === poll.session) this.#listenForSilence(poll.session);
    this.#emit({ kind: "runner-poll-settled", ticket: poll.ticket, answer });
  }

  #unpark(poll: ParkedPoll): void {
    poll.deadline?.cancel();
    poll.session.polls.delete(poll);
    this.#parked.delete(poll.ticket);
  }

  #listenForSilence(session: Session): void {
    session.silence?.cancel();
    if (session.polls.size > 0 || this.#sessions.get(session.runnerId) !== session) return;
    session.silence = this.#time.after(this.#limits.silenceMs, () => this.close(session.runnerId));
  }

  #isHere(runnerId: number): boolean {
    return this.#leaving.has(runnerId) || this.#desk.isRegistered(runnerId);
  }

  #finish(runnerId: number): void {
    this.#leaving.get(runnerId)?.cancel();
    this.#leaving.delete(runnerId);
    this.#end(runnerId, { kind: "runner-gone" });
    this.#onRunnerOver(runnerId);
  }

  #end(runnerId: number, answer: RunnerPollAnswer): boolean {
    const session = this.#sessions.get(runnerId);
    if (session === undefined) return false;
    this.#sessions.delete(runnerId);
    session.silence?.cancel();
    for (const poll of [...session.polls]) if (this.#parked.has(poll.ticket)) this.#settle(poll, answer);
    return true;
  }
}
