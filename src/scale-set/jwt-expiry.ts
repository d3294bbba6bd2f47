import { DecodeError } from "./json.ts";

const algorithms = /^(none|HS256|HS384|HS512|RS256|RS384|RS512|ES256|ES384|ES512|PS256|PS384|PS512|EdDSA)$/;

/**
 * When a JWT expires, in milliseconds since the Unix epoch, read without checking the signature: the token is GitHub's
 * own, and only GitHub must believe it.
 *
 * @throws {DecodeError} not a JWT, an unknown algorithm, or no numeric `exp`.
 */
export function jwtExpiryMs(jwt: string): number {
  const parts = jwt.split(".");
  if (parts.length !== 3) throw new DecodeError("the admin token is not a JWT of three parts");
  const header = jsonPart(parts[0] ?? "");
  const claims = jsonPart(parts[1] ?? "");
  if (typeof header["alg"] !== "string" || !algorithms.test(header["alg"])) {
    throw new DecodeError("the admin token names no known algorithm");
  }
  const expiry = claims["exp"];
  if (typeof expiry !== "number" || !Number.isFinite(expiry)) {
    throw new DecodeError("the admin token has no numeric exp claim");
  }
  return Math.trunc(expiry) * 1000;
}

function jsonPart(part: string): Record<string, unknown> {
  try {
    if (!/^[A-Za-z0-9_-]+$/.test(part)) throw new Error("not base64url");
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value !== "object" || value === null) throw new Error("not an object");
    return value as Record<string, unknown>;
  } catch {
    throw new DecodeError("the admin token is not a readable JWT");
  }
}
