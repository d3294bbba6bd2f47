/** When failed attempts may be repeated. Level-triggered: the demand stays, only the next launch waits. */
export interface RetryPolicy {
  /** Consecutive failures after which the pool is reported as failing and only one probe at a time is launched. */
  readonly attempts: number;
  /** Failed attempts an hour may spend. */
  readonly perHour: number;
}

export interface RetryState {
  readonly consecutive: number;
  /** When the first of the consecutive failures was. */
  readonly failingSinceMs: number;
  readonly lastFailureAtMs: number;
  /** Instants of the failures of the last hour, oldest first; at most `perHour`. */
  readonly recentAtMs: readonly number[];
  readonly lastReason: string | undefined;
}
export const noFailures: RetryState = {
  consecutive: 0,
  failingSinceMs: 0,
  lastFailureAtMs: 0,
  recentAtMs: [],
  lastReason: undefined,
};

const hourMs = 3_600_000;
const firstWaitMs = 1_000;
const longestWaitMs = 300_000;

export function afterFailure(state: RetryState, nowMs: number, reason: string, policy: RetryPolicy): RetryState {
  const recent = [...state.recentAtMs.filter((atMs) => nowMs - atMs < hourMs), nowMs];
  return {
    consecutive: state.consecutive + 1,
    failingSinceMs: state.consecutive === 0 ? nowMs : state.failingSinceMs,
    lastFailureAtMs: nowMs,
    recentAtMs: recent.slice(-policy.perHour),
    lastReason: reason,
  };
}

/** A runner reached GitHub or took a job: the next failure starts at the shortest wait again. The hour's budget stays spent. */
export function afterSuccess(state: RetryState): RetryState {
  return state.consecutive === 0 ? state : { ...state, consecutive: 0 };
}

export interface Hold {
  readonly untilMs: number;
  readonly reason: string;
}

/** Why and until when no launch may start; undefined when one may. Waits double from 1 s to 5 min. */
export function holdOf(state: RetryState, nowMs: number, policy: RetryPolicy): Hold | undefined {
  const cause = state.lastReason === undefined ? "" : ` (last: ${state.lastReason})`;
  const oldest = state.recentAtMs[0];
  if (state.recentAtMs.length >= policy.perHour && oldest !== undefined && nowMs - oldest < hourMs) {
    // The spent budget slows the pool down to one probe in five minutes; it never loses a job for ever.
    const untilMs = Math.min(oldest + hourMs, state.lastFailureAtMs + longestWaitMs);
    if (nowMs < untilMs) {
      return { untilMs, reason: `${policy.perHour} failed ${attempts(policy.perHour)} within an hour${cause}` };
    }
    return undefined;
  }
  if (state.consecutive === 0) return undefined;
  const untilMs = state.lastFailureAtMs + Math.min(longestWaitMs, firstWaitMs * 2 ** (state.consecutive - 1));
  if (nowMs >= untilMs) return undefined;
  return { untilMs, reason: `${state.consecutive} failed ${attempts(state.consecutive)} in a row${cause}` };
}

/** How many launches may be under way at once while failures last: one success after them opens the pool again. */
export function probesAllowed(state: RetryState, nowMs: number, policy: RetryPolicy): number {
  const isSpent = state.recentAtMs.filter((atMs) => nowMs - atMs < hourMs).length >= policy.perHour;
  const isProbing = state.consecutive >= policy.attempts || (isSpent && state.consecutive > 0);
  return isProbing ? 1 : Number.POSITIVE_INFINITY;
}

function attempts(count: number): string {
  return count === 1 ? "attempt" : "attempts";
}
