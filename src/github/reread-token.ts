import { isServiceError } from "../scale-set/service-error.ts";
import type { AccessToken, TokenSource } from "../scale-set/token-source.ts";

export interface RereadOptions {
  /** As read at the start. */
  readonly secret: string;
  /** The secret as it stands now, from its file for example. */
  readonly reread: () => Promise<string>;
  /** What makes tokens out of the secret. Throws for a secret that cannot be one, half of a key for example. */
  readonly make: (secret: string) => TokenSource;
}

/**
 * Tokens of a secret that may be replaced while Drover runs. It is read again when GitHub refuses what came of it, so that a rotated
 * credential needs no restart; one that cannot be read or used then leaves the old one in place until the next refusal.
 */
export class RereadTokenSource implements TokenSource {
  readonly #options: RereadOptions;
  #secret: string;
  #source: TokenSource;
  #isRefused = false;

  /** @throws whatever `make` throws for the first secret. */
  constructor(options: RereadOptions) {
    this.#options = options;
    this.#secret = options.secret;
    this.#source = options.make(options.secret);
  }

  async token(options: { readonly signal: AbortSignal }): Promise<AccessToken> {
    if (this.#isRefused) await this.#renew();
    try {
      return await this.#source.token(options);
    } catch (error) {
      // An App's key is refused here already, when it asks for its token.
      if (!isServiceError(error, "Unauthorized") || !(await this.#renew())) throw error;
      return this.#source.token(options);
    }
  }

  invalidate(value: string): void {
    this.#isRefused = true;
    this.#source.invalidate(value);
  }

  /** True when there is another secret now. */
  async #renew(): Promise<boolean> {
    this.#isRefused = false;
    try {
      const secret = await this.#options.reread();
      if (secret === this.#secret) return false;
      this.#source = this.#options.make(secret);
      this.#secret = secret;
      return true;
    } catch {
      return false;
    }
  }
}
