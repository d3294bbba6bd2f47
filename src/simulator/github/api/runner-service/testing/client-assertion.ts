import { constants, sign, type KeyObject } from "node:crypto";

/** What a runner says about itself when it asks for a token; each member can be wrong on purpose. */
export interface AssertionWish {
  readonly clientId: string;
  readonly audience: string;
  readonly nowMs: number;
  readonly jti: string;
  readonly algorithm?: "PS256" | "RS256";
  /** Claims that replace or add to the right ones. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A client assertion, made the way runners make theirs. */
export function clientAssertion(key: KeyObject, wish: AssertionWish): string {
  const algorithm = wish.algorithm ?? "PS256";
  const seconds = Math.floor(wish.nowMs / 1000);
  const claims = {
    sub: wish.clientId,
    iss: wish.clientId,
    aud: wish.audience,
    jti: wish.jti,
    nbf: seconds,
    exp: seconds + 300,
    ...wish.claims,
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ typ: "JWT", alg: algorithm })}.${part(claims)}`;
  const padding =
    algorithm === "PS256"
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : { padding: constants.RSA_PKCS1_PADDING };
  return `${signed}.${sign("sha256", Buffer.from(signed), { key, ...padding }).toString("base64url")}`;
}

/** The form body of a token exchange. */
export function exchangeForm(assertion: string): string {
  return new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  }).toString();
}
