import { troubleCode, type ListenerState, type TroubleCode } from "./listener-state.ts";
import type { Clock, Log } from "./ports.ts";
import { isServiceError } from "./service-error.ts";

/** Every wait and limit of a listener, in milliseconds unless the name says otherwise. */
export interface ListenerPatience {
  /** A poll without an answer is given up. Default 5 min; must exceed the service's window of about 50 s. */
  readonly pollTimeoutMs: number;
  /** First pause after a failure; doubles with each further one. Default 1 s. */
  readonly pauseMs: number;
  /** Longest pause. Default 60 s. */
  readonly pauseMaxMs: number;
  /** Pause while somebody else holds the session. Default 10 s: an abandoned one is freed after 60 to 91 s. */
  readonly conflictPauseMs: number;
  /** When a conflict counts as an incident: from then on an error is logged and the pause is `conflictSlowPauseMs`. Default 3 min. */
  readonly conflictAlarmAfterMs: number;
  /** Default 30 s. */
  readonly conflictSlowPauseMs: number;
  /** How often a message is handled before it is given up. Default 5. */
  readonly handlingAttempts: number;
  /** Time to finish the message in hand after a stop. Default 30 s. */
  readonly finishGraceMs: number;
  /** Time for a session that is just being made to be made, after a stop. Default 5 s. */
  readonly createGraceMs: number;
  /** Time for one attempt of any call but a poll. Default 60 s. */
  readonly callTimeoutMs: number;
  /** Time to give the session back. Default 30 s. */
  readonly closeTimeoutMs: number;
}

export const defaultPatience: ListenerPatience = {
  pollTimeoutMs: 300_000,
  pauseMs: 1_000,
  pauseMaxMs: 60_000,
  conflictPauseMs: 10_000,
  conflictAlarmAfterMs: 180_000,
  conflictSlowPauseMs: 30_000,
  handlingAttempts: 5,
  finishGraceMs: 30_000,
  createGraceMs: 5_000,
  callTimeoutMs: 60_000,
  closeTimeoutMs: 30_000,
};

/** Keeps the listener's state: how long trouble lasts, how long to wait, what to report. */
export class ConnectionTrouble {
  readonly #clock: Clock;
  readonly #patience: ListenerPatience;
  readonly #report: (state: ListenerState) => void;
  readonly #log: Log;
  #state: ListenerState["kind"] | undefined;
  #failureCount = 0;
  #sinceMs = 0;
  #conflictSinceMs: number | undefined;
  #alarmed = false;

  constructor(options: {
    readonly clock: Clock;
    readonly patience: ListenerPatience;
    readonly report: (state: ListenerState) => void;
    readonly log: Log;
  }) {
    this.#clock = options.clock;
    this.#patience = options.patience;
    this.#report = options.report;
    this.#log = options.log;
  }

  connecting(): void {
    this.#state = "connecting";
    this.#report({ kind: "connecting", sinceMs: this.#clock.nowMs() });
  }

  /** A session is there and its first counts were taken. Pauses keep growing until a poll was answered, too. */
  connected(): void {
    this.#conflictSinceMs = undefined;
    this.#alarmed = false;
    if (this.#state === "connected") return;
    this.#state = "connected";
    this.#report({ kind: "connected", sinceMs: this.#clock.nowMs() });
  }

  /** A poll was answered and its answer handled. */
  over(): void {
    this.#failureCount = 0;
    this.connected();
  }

  /** A session ended by itself. The first time a new one is made at once; when that goes on, after a pause. */
  async sessionLost(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.#failureCount > 0) return this.pauseAfter(error, signal);
    this.#failureCount = 1;
    this.#sinceMs = this.#clock.nowMs();
    this.#tell("session-lost", errorText(error), this.#sinceMs);
  }

  pauseAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const asked = isServiceError(error) ? (error.retryAfterMs ?? 0) : 0;
    return this.pause(troubleCode(error), errorText(error), signal, asked);
  }

  /** Reports the trouble and waits. Returns early, without an error, when the signal fires. */
  async pause(code: TroubleCode, message: string, signal: AbortSignal, atLeastMs = 0): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (this.#failureCount === 0) this.#sinceMs = nowMs;
    const pauseMs = code === "session-conflict" ? this.#conflictPauseMs(nowMs) : this.#growingPauseMs();
    this.#failureCount += 1;
    const waitMs = Math.max(pauseMs, atLeastMs);
    this.#tell(code, message, nowMs + waitMs);
    await this.#clock.sleep(waitMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  #growingPauseMs(): number {
    this.#conflictSinceMs = undefined;
    const { pauseMs, pauseMaxMs } = this.#patience;
    return Math.min(pauseMs * 2 ** Math.min(this.#failureCount, 30), pauseMaxMs);
  }

  #conflictPauseMs(nowMs: number): number {
    this.#conflictSinceMs ??= nowMs;
    const lastsMs = nowMs - this.#conflictSinceMs;
    if (lastsMs < this.#patience.conflictAlarmAfterMs) return this.#patience.conflictPauseMs;
    if (!this.#alarmed) {
      this.#alarmed = true;
      this.#log("error", "another listener holds the session of this scale set", { lastsMs });
    }
    return this.#patience.conflictSlowPauseMs;
  }

  #tell(code: TroubleCode, message: string, nextAttemptAtMs: number): void {
    this.#state = "retrying";
    this.#log("warn", "listener retrying", { code, message, nextAttemptAtMs });
    this.#report({ kind: "retrying", sinceMs: this.#sinceMs, code, message, nextAttemptAtMs });
  }
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
