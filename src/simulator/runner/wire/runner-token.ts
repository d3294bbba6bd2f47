import { constants, randomUUID, sign } from "node:crypto";
import type { JitConfig } from "../jit-config.ts";
import type { RunnerClock } from "../runner-clock.ts";
import { type HttpClient, sendWithRetry } from "./http-call.ts";
import { field, parseJson, text } from "./json-fields.ts";

/** The service refused to give a token. `invalid_client` means the registration is gone. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly error: string;

  constructor(error: string, description: string) {
    super(description === "" ? error : `${error}: ${description}`);
    this.error = error;
  }
}

/** Where a bearer token comes from; `drop` is called when the service refused the one in hand. */
export interface TokenSource {
  token(signal: AbortSignal): Promise<string>;
  drop(): void;
}

const refreshBeforeEndMs = 60_000;

/** The runner's own token: a signed assertion exchanged at the authorization URL, kept until shortly before its end. */
export function createRunnerToken(config: JitConfig, send: HttpClient, clock: RunnerClock): TokenSource {
  let current: { readonly value: string; readonly usableUntilMs: number } | undefined;
  return {
    async token(signal) {
      if (current !== undefined && clock.nowMs() < current.usableUntilMs) return current.value;
      const answer = await sendWithRetry(
        send,
        {
          method: "POST",
          url: config.oauthEndpointUrl,
          headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
          body: new URLSearchParams({
            grant_type: "client_credentials",
            client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            client_assertion: signAssertion(config, clock.nowMs()),
          }).toString(),
          signal,
        },
        { clock, alsoRetry: new Set([429, 500]) },
      );
      const body = parseJson(answer.body);
      const value = text(body, "access_token");
      if (answer.status !== 200 || value === undefined) {
        throw new OAuthError(text(body, "error") ?? `status ${answer.status}`, text(body, "error_description") ?? "");
      }
      const lifeMs = Number(field(body, "expires_in") ?? 3600) * 1000;
      current = { value, usableUntilMs: clock.nowMs() + lifeMs - refreshBeforeEndMs };
      return value;
    },
    drop() {
      current = undefined;
    },
  };
}

/** Claims as the official runner sends them: no `iat`, five minutes of life, a new `jti` each time. */
function signAssertion(config: JitConfig, nowMs: number): string {
  const notBefore = Math.floor(nowMs / 1000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const header = { typ: "JWT", alg: config.requireFipsCryptography ? "PS256" : "RS256" };
  const claims = {
    sub: config.clientId,
    jti: randomUUID(),
    iss: config.clientId,
    aud: config.authorizationUrl,
    nbf: notBefore,
    exp: notBefore + 300,
  };
  const signed = `${encode(header)}.${encode(claims)}`;
  const padding = config.requireFipsCryptography
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
  const signature = sign("sha256", Buffer.from(signed), { key: config.privateKey, ...padding });
  return `${signed}.${signature.toString("base64url")}`;
}

/** A token that came with the job message: it cannot be renewed, so a refusal of it is final. */
export function fixedToken(value: string): TokenSource {
  return { token: () => Promise.resolve(value), drop: () => undefined };
}
