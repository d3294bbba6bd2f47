import { isServiceError } from "./service-error.ts";

/** How a listener is doing. */
export type ListenerState =
  | { readonly kind: "connecting"; readonly sinceMs: number }
  | { readonly kind: "connected"; readonly sinceMs: number }
  /** Waits and tries again by itself. */
  | {
      readonly kind: "retrying";
      /** When the trouble began. */
      readonly sinceMs: number;
      readonly code: TroubleCode;
      readonly message: string;
      readonly nextAttemptAtMs: number;
    };

/** Stable words for what keeps a listener from working. */
export type TroubleCode =
  | "session-conflict"
  | "session-lost"
  | "session-unusable"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "rate-limited"
  | "refused"
  | "service-unavailable"
  | "transport"
  | "unreadable-answer"
  | "handler-failed";

/** What a failed call means to the listener, as a stable word. */
export function troubleCode(error: unknown): TroubleCode {
  if (!isServiceError(error)) return "handler-failed";
  switch (error.kind) {
    case "SessionConflict":
      return "session-conflict";
    case "SessionExpired":
    case "MessageQueueTokenExpired":
      return "session-lost";
    case "Unauthorized":
      return "unauthorized";
    case "Forbidden":
      return "forbidden";
    case "NotFound":
      return "not-found";
    case "Decode":
      return "unreadable-answer";
    case "RetriesExhausted":
      if (error.status === 429) return "rate-limited";
      return error.status === undefined ? "transport" : "service-unavailable";
    case "Transport":
    case "Aborted":
      return "transport";
    default:
      return "refused";
  }
}
