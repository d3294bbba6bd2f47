import {
  checkAssertion,
  claimedClientId,
  isOAuthError,
  allowedSkewMs,
  parseAssertion,
  type OAuthError,
} from "./client-assertion.ts";
import { randomHex, type ModelClock, type ModelRandom } from "../time-and-chance.ts";

/** What a runner proves itself with, kept from the JIT configuration's birth to the runner's end. */
export interface RunnerClient {
  readonly runnerId: number;
  /** A GUID in lower case. */
  readonly clientId: string;
  readonly key: { readonly n: string; readonly e: string };
  /** The exact string an assertion must carry as its audience. */
  readonly audience: string;
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  /** Seconds. */
  readonly expires_in: number;
}

const tokenLifeMs = 60 * 60_000;
/** Assertions of one client that may be alive at once; a runner makes one an hour. */
const liveAssertionsMax = 256;
const liveTokensMax = 256;

interface ClientState extends RunnerClient {
  /** `jti` to the instant until which it must be remembered. */
  readonly seenUntilMs: Map<string, number>;
  /** Tokens in the order of their making. */
  readonly tokens: string[];
}

/** Runner clients, the assertions they have spent and the tokens they hold. */
export class RunnerCredentials {
  readonly #clients = new Map<string, ClientState>();
  readonly #clientOfRunner = new Map<number, string>();
  readonly #tokens = new Map<string, { readonly runnerId: number; readonly expiresAtMs: number }>();
  readonly #clock: ModelClock;
  readonly #random: ModelRandom;

  constructor(options: { readonly clock: ModelClock; readonly random: ModelRandom }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  add(client: RunnerClient): void {
    this.#clients.set(client.clientId.toLowerCase(), {
      ...client,
      seenUntilMs: new Map(),
      tokens: [],
    });
    this.#clientOfRunner.set(client.runnerId, client.clientId.toLowerCase());
  }

  /**
   * The client's next exchange answers `invalid_client`. Its tokens stay known until they expire, so that the queue can
   * still tell a removed runner that it is gone instead of calling it a stranger.
   */
  revoke(runnerId: number): void {
    const clientId = this.#clientOfRunner.get(runnerId);
    if (clientId === undefined) return;
    this.#clients.delete(clientId);
    this.#clientOfRunner.delete(runnerId);
    this.#dropExpiredTokens();
  }

  /** Answers `POST /oauth/token`; a refusal is HTTP 400. */
  exchange(form: Readonly<Record<string, string | undefined>>): TokenAnswer | OAuthError {
    if (form["grant_type"] !== "client_credentials") {
      return { error: "unsupported_grant_type", error_description: "grant_type must be client_credentials." };
    }
    if (form["client_assertion_type"] !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
      return { error: "invalid_request", error_description: "client_assertion_type must be the JWT bearer type." };
    }
    const assertion = parseAssertion(form["client_assertion"] ?? "");
    if (isOAuthError(assertion)) return assertion;
    const client = this.#clients.get(claimedClientId(assertion) ?? "");
    if (client === undefined) {
      return { error: "invalid_client", error_description: "The runner registration has been deleted." };
    }
    const nowMs = this.#clock.nowMs();
    const claims = checkAssertion(assertion, { key: client.key, audience: client.audience, nowMs });
    if (isOAuthError(claims)) return claims;
    for (const [jti, untilMs] of client.seenUntilMs) if (untilMs <= nowMs) client.seenUntilMs.delete(jti);
    if (client.seenUntilMs.has(claims.jti)) {
      return { error: "invalid_grant", error_description: "The assertion's jti was used before." };
    }
    if (client.seenUntilMs.size >= liveAssertionsMax) {
      return { error: "server_error", error_description: "Too many exchanges in a short time. Try again later." };
    }
    client.seenUntilMs.set(claims.jti, claims.expiresAtMs + allowedSkewMs);
    return this.#issue(client, nowMs);
  }

  /** The runner a bearer token stands for; undefined when the token is unknown or expired. */
  runnerOf(token: string): number | undefined {
    const known = this.#tokens.get(token);
    return known === undefined || known.expiresAtMs <= this.#clock.nowMs() ? undefined : known.runnerId;
  }

  #issue(client: ClientState, nowMs: number): TokenAnswer {
    this.#dropExpiredTokens();
    const token = randomHex(this.#random, 64);
    this.#tokens.set(token, { runnerId: client.runnerId, expiresAtMs: nowMs + tokenLifeMs });
    client.tokens.push(token);
    for (const old of client.tokens.splice(0, Math.max(0, client.tokens.length - liveTokensMax))) {
      this.#tokens.delete(old);
    }
    return { access_token: token, token_type: "Bearer", expires_in: tokenLifeMs / 1000 };
  }

  /** Tokens were made in the order of their expiry, so the walk stops at the first one that is alive. */
  #dropExpiredTokens(): void {
    const nowMs = this.#clock.nowMs();
    for (const [token, { expiresAtMs }] of this.#tokens) {
      if (expiresAtMs > nowMs) return;
      this.#tokens.delete(token);
    }
  }
}
