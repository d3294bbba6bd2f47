import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { rsaParameters, type RsaPrivateJwk } from "../../src/simulator/github/model/jit/rsa-parameters.ts";

const keyCount = 2_000;
const lengths = { modulus: 256, d: 256, p: 128, q: 128, dp: 128, dq: 128, inverseQ: 128 } as const;

async function generatedKey(): Promise<RsaPrivateJwk> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return privateKey.export({ format: "jwk" }) as unknown as RsaPrivateJwk;
}

/** Whether the JWK form of a key has lost a leading zero byte that the runner's file must have. */
function isShort(key: RsaPrivateJwk): boolean {
  const bytes = (value: string) => Buffer.from(value, "base64url").length;
  return bytes(key.d) < 256 || [key.p, key.q, key.dp, key.dq, key.qi].some((value) => bytes(value) < 128);
}

test(
  "R-2 2,000 generated keys: every member has its fixed length, those of keys with leading zeros too",
  { timeout: 900_000 },
  async () => {
    let shortCount = 0;
    for (let made = 0; made < keyCount; made += 8) {
      // Node's thread pool has four threads; eight in flight keep them busy.
      for (const key of await Promise.all(Array.from({ length: 8 }, generatedKey))) {
        const written = rsaParameters(key);
        for (const [name, lengthBytes] of Object.entries(lengths)) {
          const bytes = Buffer.from(written[name as keyof typeof lengths], "base64");
          expect([name, bytes.length]).toEqual([name, lengthBytes]);
        }
        expect(BigInt(`0x${Buffer.from(written.d, "base64").toString("hex")}`)).toBe(
          BigInt(`0x${Buffer.from(key.d, "base64url").toString("hex")}`),
        );
        if (isShort(key)) shortCount += 1;
      }
    }
    // About one key in seventy; without any, this run would have proved nothing.
    expect(shortCount).toBeGreaterThan(0);
  },
);
