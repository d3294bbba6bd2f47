import type { Clock } from "../core/ports/clock.ts";
import { SingleFlight } from "../scale-set/single-flight.ts";
import type { AccessToken, TokenSource } from "../scale-set/token-source.ts";

/** A token that ends within this time is replaced before it is handed out. */
const refreshBeforeMs = 5 * 60_000;

/**
 * Hands out one token until it is about to expire or was refused, so that everybody who shares the credential shares the
 * token: minted once, one request in flight. A token without a known end is asked for each time.
 */
export class CachedTokenSource implements TokenSource {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  readonly #flight = new SingleFlight<AccessToken>();
  #kept: AccessToken | undefined;

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  async token(options: { readonly signal: AbortSignal }): Promise<AccessToken> {
    const kept = this.#kept;
    if (kept?.expiresAtMs !== undefined && this.#clock.nowMs() + refreshBeforeMs < kept.expiresAtMs) return kept;
    return this.#flight.run(async (signal) => {
      const fresh = await this.#source.token({ signal });
      this.#kept = fresh;
      return fresh;
    }, options);
  }

  invalidate(value: string): void {
    if (this.#kept?.value === value) this.#kept = undefined;
    this.#source.invalidate(value);
  }
}
