import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { RsaPrivateJwk } from "../../../model/jit/rsa-parameters.ts";

let made: RsaPrivateJwk | undefined;

/** One real RSA-2048 key for every test of a file; making one takes a moment. */
export function testKey(): RsaPrivateJwk {
  made ??= generatedKey();
  return made;
}

export function generatedKey(): RsaPrivateJwk {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ format: "jwk" }) as unknown as RsaPrivateJwk;
}

/** The key that a `.credentials_rsaparams` file holds, as a runner reads it. */
export function keyFromFile(file: Readonly<Record<string, string>>): KeyObject {
  const url = (name: string) => Buffer.from(file[name] ?? "", "base64").toString("base64url");
  const jwk = {
    kty: "RSA",
    n: url("modulus"),
    e: url("exponent"),
    d: url("d"),
    p: url("p"),
    q: url("q"),
    dp: url("dp"),
    dq: url("dq"),
    qi: url("inverseQ"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}
