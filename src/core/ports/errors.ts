/**
 * Base of every error Drover raises on purpose. `code` is public (API, logs, docs/reference/errors.md); code decides on the
 * class or on `retryable`, never on the message.
 */
export abstract class DroverError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;
}

/** The provider has no room now. */
export class CapacityError extends DroverError {
  override readonly name = "CapacityError";
  readonly code = "DROVER_PROVIDER_CAPACITY";
  readonly retryable = true;
}

/** One launch failed; nothing of it is left that the provider's list does not show. */
export class LaunchError extends DroverError {
  override readonly name = "LaunchError";
  readonly code = "DROVER_PROVIDER_LAUNCH";
  readonly retryable = true;
}

/** A provider's list could not be read completely, so nothing may be concluded from it. */
export class IncompleteListError extends DroverError {
  override readonly name = "IncompleteListError";
  readonly code = "DROVER_PROVIDER_LIST_INCOMPLETE";
  readonly retryable = true;
}

/** No HTTP response arrived. */
export class TransportError extends DroverError {
  override readonly name = "TransportError";
  readonly code = "DROVER_TRANSPORT";
  readonly retryable = true;
  /** True for certificate errors, which no retry cures. */
  readonly permanent: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly permanent?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.permanent = options.permanent ?? false;
  }
}

/**
 * A demand source ended although nobody asked it to. `code` is the stable word of the state that its pool is in until the next
 * attempt, for example `unauthorized`.
 */
export class DemandSourceError extends DroverError {
  override readonly name = "DemandSourceError";
  readonly code: string;
  readonly retryable = true;

  constructor(code: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** The name is registered at GitHub already. */
export class RunnerNameTakenError extends DroverError {
  override readonly name = "RunnerNameTakenError";
  readonly code = "DROVER_RUNNER_NAME_TAKEN";
  readonly retryable = true;
}
