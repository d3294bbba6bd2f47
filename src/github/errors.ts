import { DroverError } from "../core/ports/errors.ts";

export interface ApiFailure {
  readonly method: string;
  /** Without the base and without the query. */
  readonly path: string;
  readonly status: number;
  /** GitHub's own words, shortened. */
  readonly message: string;
  /** Names the request to GitHub's support. */
  readonly requestId: string | undefined;
}

function sentence(failure: ApiFailure): string {
  const words = failure.message === "" ? "" : `: ${failure.message}`;
  const request = failure.requestId === undefined ? "" : ` (request ${failure.requestId})`;
  return `GitHub answered ${failure.status} to ${failure.method} ${failure.path}${words}${request}.`;
}

/** GitHub's REST API answered with an error that has no class of its own. */
export class GitHubApiError extends DroverError {
  override readonly name = "GitHubApiError";
  readonly code = "DROVER_GITHUB_API";
  readonly retryable: boolean;
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(failure: ApiFailure) {
    const retryable = failure.status >= 500;
    const ending = retryable ? "Drover tries again." : "";
    super(`${sentence(failure)} ${ending}`.trim());
    this.retryable = retryable;
    this.status = failure.status;
    this.requestId = failure.requestId;
  }
}

/** 401: the token is wrong, revoked or expired. */
export class CredentialRefusedError extends DroverError {
  override readonly name = "CredentialRefusedError";
  readonly code = "DROVER_GITHUB_CREDENTIAL_REFUSED";
  readonly retryable = false;

  constructor(failure: ApiFailure) {
    super(
      `${sentence(failure)} The credential is wrong, revoked or expired. Drover asks again at its next attempt. ` +
        `Give the pool's credential a token that is valid, or the App its current private key.`,
    );
  }
}

/** 403 without a rate limit: the credential is good but may not do this. */
export class PermissionError extends DroverError {
  override readonly name = "PermissionError";
  readonly code = "DROVER_GITHUB_PERMISSION";
  readonly retryable = false;
  /** What the endpoint asks for, as GitHub names it, for example `administration=write`; undefined when it did not say. */
  readonly acceptedPermissions: string | undefined;

  constructor(failure: ApiFailure, acceptedPermissions: string | undefined) {
    const wanted =
      acceptedPermissions === undefined
        ? "Organization runners need `admin:org` (classic token) or self-hosted runners: write; repository runners need `repo` or administration: write."
        : `It wants: ${acceptedPermissions}.`;
    super(`${sentence(failure)} The credential lacks a permission. ${wanted} Grant it, then Drover goes on by itself.`);
    this.acceptedPermissions = acceptedPermissions;
  }
}

/** 404: not there, or not visible to this credential; GitHub does not tell which. */
export class NotFoundError extends DroverError {
  override readonly name = "NotFoundError";
  readonly code = "DROVER_GITHUB_NOT_FOUND";
  readonly retryable = false;

  constructor(failure: ApiFailure, acceptedPermissions: string | undefined) {
    const wanted = acceptedPermissions === undefined ? "" : ` The endpoint wants: ${acceptedPermissions}.`;
    super(
      `${sentence(failure)} It does not exist, or the credential may not see it.${wanted} ` +
        `Check the scope's spelling and what the credential was granted.`,
    );
  }
}

/** A limit of GitHub's; nothing was sent, or what was sent had no effect. */
export class RateLimitError extends DroverError {
  override readonly name = "RateLimitError";
  readonly code = "DROVER_GITHUB_RATE_LIMIT";
  readonly retryable = true;
  readonly retryAtMs: number;

  constructor(limit: "primary" | "secondary", resource: string, retryAtMs: number, nowMs: number) {
    const seconds = Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
    super(
      `GitHub's ${limit} rate limit (${resource}) is reached; Drover asks again in ${seconds} s. ` +
        `To have more room, use a GitHub App per organization or fewer pools per credential.`,
    );
    this.retryAtMs = retryAtMs;
  }
}

/** A list did not add up: pages changed while they were read. Nothing may be concluded from what is missing in it. */
export class ListIncompleteError extends DroverError {
  override readonly name = "ListIncompleteError";
  readonly code = "DROVER_GITHUB_LIST_INCOMPLETE";
  readonly retryable = true;

  constructor(path: string, readCount: number, totalCount: number) {
    super(
      `GitHub's list ${path} gave ${readCount} of ${totalCount} entries. Drover concludes nothing from it and reads it again.`,
    );
  }
}

/** An answer that cannot be what GitHub means. */
export class UnreadableAnswerError extends DroverError {
  override readonly name = "UnreadableAnswerError";
  readonly code = "DROVER_GITHUB_UNREADABLE_ANSWER";
  readonly retryable = true;

  constructor(path: string, what: string) {
    super(`GitHub's answer to ${path} could not be read: ${what}. Drover asks again.`);
  }
}
