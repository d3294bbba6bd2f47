import type { AccessToken, TokenSource } from "./token-source.ts";

/** A personal access token, classic or fine-grained. Its form and length are GitHub's business. */
export class PatTokenSource implements TokenSource {
  readonly #value: string;

  constructor(value: string) {
    if (value.trim() === "") throw new TypeError("The personal access token is empty.");
    this.#value = value.trim();
  }

  token(): Promise<AccessToken> {
    return Promise.resolve({ value: this.#value, expiresAtMs: undefined });
  }

  /** Nothing to forget: there is only the one token. */
  invalidate(_value: string): void {}
}
