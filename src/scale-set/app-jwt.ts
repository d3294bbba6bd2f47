import { createPrivateKey, sign, type KeyObject } from "node:crypto";

/** Reads an RSA private key from PEM (PKCS#1 or PKCS#8). The error never quotes the key. */
export function readAppPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new TypeError("The app private key is not readable PEM. Give the .pem file that GitHub let you download.");
  }
  if (key.asymmetricKeyType !== "rsa") throw new TypeError("The app private key is not an RSA key.");
  return key;
}

/**
 * The JWT with which a GitHub App speaks for itself: valid from one minute ago (clocks differ) until eight minutes from
 * now. Signed synchronously, so that it costs no turn of the event loop.
 */
export function signAppJwt(clientId: string, key: KeyObject, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1000) - 60;
  const header = base64Url(JSON.stringify({ alg: "RS256", typ: "JWT" }));
  const claims = base64Url(JSON.stringify({ iss: clientId, exp: issuedAt + 540, iat: issuedAt }));
  const signature = sign("sha256", Buffer.from(`${header}.${claims}`), key);
  return `${header}.${claims}.${signature.toString("base64url")}`;
}

function base64Url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
