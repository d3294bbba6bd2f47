/** An RSA-2048 private key as plain values: the members of its JWK form, base64url without padding. */
export interface RsaPrivateJwk {
  readonly n: string;
  readonly e: string;
  readonly d: string;
  readonly p: string;
  readonly q: string;
  readonly dp: string;
  readonly dq: string;
  readonly qi: string;
}

/** The file `.credentials_rsaparams`: standard base64, every member of the fixed length that .NET insists on. */
export interface RsaParameters {
  readonly d: string;
  readonly dp: string;
  readonly dq: string;
  readonly exponent: string;
  readonly inverseQ: string;
  readonly modulus: string;
  readonly p: string;
  readonly q: string;
}

const modulusBytes = 256;
const primeBytes = modulusBytes / 2;

/**
 * Writes a key the way runners read it. A JWK strips leading zero bytes and .NET refuses a member that is shorter than
 * its key, which would break one JIT configuration in about seventy; so each member is padded back on the left.
 *
 * @throws {RangeError} the key is not RSA-2048.
 */
export function rsaParameters(key: RsaPrivateJwk): RsaParameters {
  const modulus = Buffer.from(key.n, "base64url");
  if (modulus.length !== modulusBytes) {
    throw new RangeError(
      `A runner key has ${modulus.length * 8} bits; the key ring must hand out RSA-2048 keys (256-byte modulus).`,
    );
  }
  return {
    d: padded("d", key.d, modulusBytes),
    dp: padded("dp", key.dp, primeBytes),
    dq: padded("dq", key.dq, primeBytes),
    exponent: Buffer.from(key.e, "base64url").toString("base64"),
    inverseQ: padded("qi", key.qi, primeBytes),
    modulus: modulus.toString("base64"),
    p: padded("p", key.p, primeBytes),
    q: padded("q", key.q, primeBytes),
  };
}

function padded(member: string, value: string, lengthBytes: number): string {
  const bytes = Buffer.from(value, "base64url");
  if (bytes.length > lengthBytes) {
    throw new RangeError(`Member "${member}" of a runner key has ${bytes.length} bytes; at most ${lengthBytes} fit.`);
  }
  return Buffer.concat([Buffer.alloc(lengthBytes - bytes.length), bytes]).toString("base64");
}
