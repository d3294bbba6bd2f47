import { constants, publicEncrypt, privateDecrypt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generatedKey, keyFromFile } from "../../api/runner-service/testing/fixed-key.ts";
import { rsaParameters, type RsaPrivateJwk } from "./rsa-parameters.ts";

const lengths = { modulus: 256, d: 256, p: 128, q: 128, dp: 128, dq: 128, inverseQ: 128 } as const;

/** A key-shaped value whose members start with `zeros` zero bytes that the JWK form has stripped. */
function craftedKey(zeros: number): RsaPrivateJwk {
  const member = (lengthBytes: number) => Buffer.alloc(lengthBytes - zeros, 0xa5).toString("base64url");
  return {
    n: Buffer.alloc(256, 0xc3).toString("base64url"),
    e: "AQAB",
    d: member(256),
    p: member(128),
    q: member(128),
    dp: member(128),
    dq: member(128),
    qi: member(128),
  };
}

describe("R-2 the private key of a JIT configuration", () => {
  test.each([0, 1, 2, 7])("R-2 members that lost %i leading zero bytes get them back", (zeros) => {
    const written = rsaParameters(craftedKey(zeros));

    for (const [name, lengthBytes] of Object.entries(lengths)) {
      expect([name, Buffer.from(written[name as keyof typeof lengths], "base64").length]).toEqual([name, lengthBytes]);
    }
    const d = Buffer.from(written.d, "base64");
    expect(d.subarray(0, zeros)).toEqual(Buffer.alloc(zeros));
    expect(d.subarray(zeros)).toEqual(Buffer.alloc(256 - zeros, 0xa5));
  });

  test("R-2 really generated keys have fixed lengths and still decrypt what their public half encrypted", () => {
    for (let count = 0; count < 8; count += 1) {
      const key = generatedKey();
      const written = rsaParameters(key);

      for (const [name, lengthBytes] of Object.entries(lengths)) {
        expect(Buffer.from(written[name as keyof typeof lengths], "base64").length).toBe(lengthBytes);
      }
      const read = keyFromFile({ ...written });
      const secret = publicEncrypt({ key: read, padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from("drover"));
      expect(privateDecrypt({ key: read, padding: constants.RSA_PKCS1_OAEP_PADDING }, secret).toString()).toBe(
        "drover",
      );
    }
  });

  test("R-2 standard base64 is used, never the url form", () => {
    const bytes = Buffer.alloc(128, 0xfb);
    const written = rsaParameters({ ...craftedKey(0), p: bytes.toString("base64url") });

    expect(written.p).toBe(bytes.toString("base64"));
    expect(written.p).toContain("+");
  });

  test("R-2 a key of another size is refused instead of written wrongly", () => {
    const short = Buffer.alloc(128, 0xc3).toString("base64url");
    const long = Buffer.alloc(129, 0xc3).toString("base64url");

    expect(() => rsaParameters({ ...craftedKey(0), n: short })).toThrow(/1024 bits/);
    expect(() => rsaParameters({ ...craftedKey(0), q: long })).toThrow(/"q".*129 bytes/);
  });
});
