import type { RunnerPollAnswer, RunnerPollSettled } from "../../model/broker/runner-sessions.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import { type ApiResponse, PendingReply, type Reply } from "../exchange.ts";

/** Brings the answers of parked polls to the requests that wait for them. */
export class RunnerPolls {
  readonly #waiting = new Map<number, (answer: RunnerPollAnswer) => void>();

  settled(effect: RunnerPollSettled): void {
    const listener = this.#waiting.get(effect.ticket);
    this.#waiting.delete(effect.ticket);
    listener?.(effect.answer);
  }

  /** Polls for `runnerId`; `write` puts the answer into the words of the queue that was asked. */
  open(
    side: RunnerSide,
    runnerId: number,
    request: { readonly sessionId: string; readonly online: boolean },
    write: (answer: RunnerPollAnswer) => ApiResponse,
  ): Reply {
    const { ticket, answer } = side.sessions.poll(runnerId, request);
    const lost = () => side.sessions.pollLost(ticket);
    if (answer !== undefined) return { ...write(answer), lost };
    const pending = new PendingReply(() => {
      this.#waiting.delete(ticket);
      lost();
    });
    this.#waiting.set(ticket, (settled) => pending.settle({ ...write(settled), lost }));
    return pending;
  }
}
