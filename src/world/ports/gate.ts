import { never, type Incarnation } from "../time/incarnation.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { SeededRandom } from "../time/seeded-random.ts";
import type { Trace } from "../trace.ts";

/** Where a crash strikes a call: before its effect, after its effect with the answer lost, or right after the answer. */
export const crashStages = ["before", "applied", "answered"] as const;
export type CrashStage = (typeof crashStages)[number];

/** What one call suffers, drawn when it is made. */
export interface CallFate {
  /** Until the effect and from the effect to the answer, in milliseconds. */
  readonly thereMs: number;
  readonly backMs: number;
  /** Thrown instead of the effect. */
  readonly refuseWith?: Error;
  /** The effect happens, then this is thrown; `never` leaves the caller waiting for its own deadline. */
  readonly loseAnswerWith?: Error | "never";
  readonly crash?: CrashStage;
}

export interface GateParts {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly random: SeededRandom;
  /** Draws what happens to one call. */
  fate(port: string, call: string): CallFate;
  siteOf(port: string, call: string): string;
  crash(incarnation: Incarnation, site: string, stage: CrashStage): void;
}

/**
 * Every port call of an incarnation goes through here: it becomes two events of the one queue, effect and answer. This is where
 * latency, lost answers, refusals and crashes come from, and where the trace is written.
 */
export class Gate {
  readonly #parts: GateParts;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  call<Result>(
    incarnation: Incarnation,
    port: string,
    call: string,
    digest: string,
    signal: AbortSignal,
    apply: (signal: AbortSignal) => Result | Promise<Result>,
    describe: (result: Result) => string = () => "ok",
  ): Promise<Result> {
    if (incarnation.isCut) return never();
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { scheduler, trace } = this.#parts;
    const site = this.#parts.siteOf(port, call);
    const fate = this.#parts.fate(port, call);
    trace.note(scheduler.nowMs, incarnation.number, port, `${call} ${digest}`, "called");
    if (fate.crash === "before") {
      this.#parts.crash(incarnation, site, "before");
      return never();
    }
    return new Promise<Result>((resolve, reject) => {
      let settled = false;
      const settle = (outcome: string, act: () => void) => {
        if (settled) return;
        settled = true;
        signal.removeEventListener("abort", onAbort);
        if (incarnation.isCut) return;
        trace.note(scheduler.nowMs, incarnation.number, port, call, outcome);
        act();
        if (fate.crash === "answered") {
          // What the caller does with the answer up to its next await still happens; nothing after that does.
          scheduler.after(0, () => this.#parts.crash(incarnation, site, "answered"));
        }
      };
      const onAbort = () => settle("aborted", () => reject(signal.reason as Error));
      signal.addEventListener("abort", onAbort, { once: true });
      const answer = (outcome: string, act: () => void) => {
        scheduler.after(fate.backMs, () => settle(outcome, act));
      };
      scheduler.after(fate.thereMs, () => {
        if (fate.refuseWith !== undefined) {
          const { refuseWith } = fate;
          answer(`refused: ${refuseWith.name}`, () => reject(refuseWith));
          return;
        }
        const finish = (result: Result) => {
          if (fate.crash === "applied") this.#parts.crash(incarnation, site, "applied");
          else if (fate.loseAnswerWith === "never") return;
          else if (fate.loseAnswerWith !== undefined) {
            const lost = fate.loseAnswerWith;
            answer(`answer lost: ${lost.name}`, () => reject(lost));
          } else answer(describe(result), () => resolve(result));
        };
        const fail = (error: unknown) => {
          const name = error instanceof Error ? error.name : "error";
          answer(`failed: ${name}`, () => reject(error as Error));
        };
        try {
          const result = apply(signal);
          if (result instanceof Promise) result.then(finish, fail);
          else finish(result);
        } catch (error) {
          fail(error);
        }
      });
    });
  }
}
