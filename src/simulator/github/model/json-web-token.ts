import { createHmac, createPublicKey, type KeyObject, verify } from "node:crypto";

/** A token signed with a shared secret (HS256). Synchronous, so that no event loop turn passes. */
export function signHs256(claims: Readonly<Record<string, unknown>>, secret: string): string {
  const head = `${hs256Header}.${encode(JSON.stringify(claims))}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

const hs256Header = encode(JSON.stringify({ alg: "HS256", typ: "JWT" }));

/** The claims of a token signed with RS256 by the owner of `publicKey`; undefined for anything else. Times are not checked. */
export function verifyRs256(token: string, publicKey: KeyObject): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || !signature) return undefined;
  if (decode(header)?.["alg"] !== "RS256") return undefined;
  const signed = verify("sha256", Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url"));
  return signed ? decode(payload) : undefined;
}

/** The claims of a token whose signature nobody checked: good enough to find out whose key must verify it. */
export function unverifiedClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const payload = token.split(".")[1];
  return payload === undefined ? undefined : decode(payload);
}

/** @param pem a public or private RSA key. */
export function publicKeyOf(pem: string): KeyObject {
  return createPublicKey(pem);
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
