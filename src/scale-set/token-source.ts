import type { CallOptions } from "./ports.ts";

/** A bearer token of GitHub's REST API. A secret. */
export interface AccessToken {
  readonly value: string;
  /** Undefined when it does not expire, or nobody knows. */
  readonly expiresAtMs: number | undefined;
}

/** Where tokens for GitHub's REST API come from: a personal access token, or a GitHub App's installation. */
export interface TokenSource {
  /** A token that should work now. May ask GitHub for a new one. */
  token(options: CallOptions): Promise<AccessToken>;
  /** GitHub refused this token (401): a source that keeps tokens must not hand it out again. */
  invalidate(value: string): void;
}
