import type { RunnerPollAnswer, RunnerPollSettled } from "../../model/broker/runner-sessions.ts";
import type { RunnerSide } from "../../model/run-service/runner-side.ts";
import type { RunnerAnswer, RunnerReply } from "./exchange.ts";

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
    write: (answer: RunnerPollAnswer) => RunnerReply,
  ): RunnerAnswer {
    const { ticket, answer } = side.sessions.poll(runnerId, request);
    const closed = (written: boolean) => side.sessions.pollClosed(ticket, written);
    if (answer !== undefined) return { kind: "reply", reply: { ...write(answer), closed } };
    return {
      kind: "parked",
      parked: {
        onReply: (listener) => this.#waiting.set(ticket, (settled) => listener({ ...write(settled), closed })),
        abandon: () => {
          this.#waiting.delete(ticket);
          side.sessions.pollClosed(ticket, false);
        },
      },
    };
  }
}
