import { constants, createPublicKey, verify } from "node:crypto";

/** An OAuth error as runners read it: the answer is HTTP 400 with this body. */
export interface OAuthError {
  readonly error: "invalid_request" | "unsupported_grant_type" | "invalid_client" | "invalid_grant" | "server_error";
  readonly error_description: string;
}

export interface AssertionClaims {
  readonly clientId: string;
  readonly jti: string;
  readonly expiresAtMs: number;
}

/** An assertion after parsing, before anything in it is believed. */
export interface ParsedAssertion {
  readonly algorithm: "PS256" | "RS256";
  readonly signed: string;
  readonly signature: Buffer;
  readonly claims: Readonly<Record<string, unknown>>;
}

export const allowedSkewMs = 5 * 60_000;
/** An assertion that is valid for longer is refused: its `jti` would have to be remembered for as long. */
const longestLifeMs = 60 * 60_000;

export function parseAssertion(assertion: string): ParsedAssertion | OAuthError {
  const [header, payload, signature, ...rest] = assertion.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return refuse("invalid_request", "client_assertion is not a JWT of three parts.");
  }
  const head = jsonObject(header);
  const claims = jsonObject(payload);
  if (head === undefined || claims === undefined) {
    return refuse("invalid_request", "client_assertion has a part that is not a base64url JSON object.");
  }
  const algorithm = head["alg"];
  if (algorithm !== "PS256" && algorithm !== "RS256") {
    return refuse("invalid_client", `The assertion is signed with ${JSON.stringify(algorithm)}; use PS256 or RS256.`);
  }
  return { algorithm, signed: `${header}.${payload}`, signature: Buffer.from(signature, "base64url"), claims };
}

/** Who the assertion says it is, before that is proven. */
export function claimedClientId(assertion: ParsedAssertion): string | undefined {
  const { iss, sub } = assertion.claims;
  return typeof sub === "string" && sub === iss ? sub.toLowerCase() : undefined;
}

/**
 * Proves an assertion against the public key of the client it names.
 *
 * A wrong signature is `invalid_client`, which ends a runner for good; a wrong time or audience is `invalid_grant`,
 * and a wrong time also says what time it is here, which the official runner takes as clock skew and retries.
 */
export function checkAssertion(
  assertion: ParsedAssertion,
  expected: {
    readonly key: { readonly n: string; readonly e: string };
    readonly audience: string;
    readonly nowMs: number;
  },
): AssertionClaims | OAuthError {
  const clientId = claimedClientId(assertion);
  if (clientId === undefined) {
    return refuse("invalid_client", "The assertion needs iss and sub, both the client id.");
  }
  if (!signatureHolds(assertion, expected.key)) {
    return refuse("invalid_client", "The assertion's signature does not match the client's key.");
  }
  const { aud, exp, nbf, jti } = assertion.claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(expected.audience)) {
    return refuse("invalid_grant", `The assertion's audience must be ${expected.audience}.`);
  }
  if (typeof exp !== "number" || (nbf !== undefined && typeof nbf !== "number")) {
    return refuse("invalid_grant", "The assertion needs a numeric exp, and nbf must be a number when present.");
  }
  const serverTime = `Current server time is ${new Date(expected.nowMs).toISOString()}.`;
  const expiresAtMs = exp * 1000;
  if (expiresAtMs + allowedSkewMs <= expected.nowMs) {
    return refuse("invalid_grant", `The assertion has expired. ${serverTime}`);
  }
  if (typeof nbf === "number" && nbf * 1000 - allowedSkewMs > expected.nowMs) {
    return refuse("invalid_grant", `The assertion is not valid yet. ${serverTime}`);
  }
  if (expiresAtMs - expected.nowMs > longestLifeMs) {
    return refuse("invalid_grant", `The assertion is valid for too long. ${serverTime}`);
  }
  if (typeof jti !== "string" || jti === "" || jti.length > 200) {
    return refuse("invalid_grant", "The assertion needs a jti of at most 200 characters.");
  }
  return { clientId, jti, expiresAtMs };
}

export function isOAuthError(value: object): value is OAuthError {
  return "error" in value;
}

function signatureHolds(assertion: ParsedAssertion, key: { readonly n: string; readonly e: string }): boolean {
  const publicKey = createPublicKey({ key: { kty: "RSA", n: key.n, e: key.e }, format: "jwk" });
  const padding =
    assertion.algorithm === "PS256"
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : { padding: constants.RSA_PKCS1_PADDING };
  return verify("sha256", Buffer.from(assertion.signed), { key: publicKey, ...padding }, assertion.signature);
}

function jsonObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function refuse(error: OAuthError["error"], description: string): OAuthError {
  return { error, error_description: description };
}
