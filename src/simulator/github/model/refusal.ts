/** Why the model refused a command. Each front's vocabulary (status, exception name) is derived from the reason. */
export type RefusalReason =
  | "bad-credentials"
  | "no-access"
  | "not-permitted"
  | "unprocessable"
  | "scope-not-found"
  | "bad-registration-token"
  | "registration-scope-differs"
  | "bad-admin-token"
  | "bad-queue-token"
  | "scale-set-not-found"
  | "scale-set-exists"
  | "scale-set-invalid"
  | "runner-group-not-found"
  | "runner-group-exists"
  | "session-conflict"
  | "session-expired"
  | "session-evicted"
  | "runner-exists"
  | "runner-not-found"
  | "runner-busy"
  | "job-not-found"
  | "job-taken"
  | "run-not-found"
  | "run-state-differs";

/** A command that the model refused; nothing changed. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
