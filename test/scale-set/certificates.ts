import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";

/** A certificate with its key, in PEM. */
export interface Certificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/**
 * Makes an X.509 certificate without any tool: just enough DER for TLS tests on loopback.
 *
 * @param options.issuer absent: signed by itself.
 */
export function makeCertificate(options: {
  readonly name: string;
  readonly issuer?: Certificate;
  /** May sign others; otherwise it is a server's, for localhost and 127.0.0.1 or the given host. */
  readonly authority?: boolean;
  readonly host?: string;
  readonly validUntilMs?: number;
}): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signer = options.issuer?.privateKey ?? privateKey;
  const untilMs = options.validUntilMs ?? Date.now() + 86_400_000;
  const extensions = options.authority
    ? [extension("551d13", true, seq(tlv(0x01, Buffer.from([0xff]))))]
    : [extension("551d11", false, seq(...alternativeNames(options.host)))];
  const unsigned = seq(
    tlv(0xa0, integer(2)),
    integer(Math.floor(Math.random() * 2 ** 30) + 1),
    ecdsaWithSha256,
    nameOf(options.issuer?.name ?? options.name),
    seq(utcTime(Math.min(Date.now(), untilMs) - 86_400_000), utcTime(untilMs)),
    nameOf(options.name),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, seq(...extensions)),
  );
  const signature = sign("sha256", unsigned, signer);
  const der = seq(unsigned, ecdsaWithSha256, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    name: options.name,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    privateKey,
  };
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

function seq(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return tlv(0x02, (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, "hex"));
}

function nameOf(commonName: string): Buffer {
  return seq(tlv(0x31, seq(objectId("550403"), tlv(0x0c, Buffer.from(commonName)))));
}

function utcTime(atMs: number): Buffer {
  return tlv(0x17, Buffer.from(`${new Date(atMs).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [tlv(0x01, Buffer.from([0xff]))] : [];
  return seq(objectId(id), ...flag, tlv(0x04, value));
}

function alternativeNames(host: string | undefined): readonly Buffer[] {
  if (host !== undefined) return [tlv(0x82, Buffer.from(host))];
  return [tlv(0x82, Buffer.from("localhost")), tlv(0x87, Buffer.from([127, 0, 0, 1]))];
}

const ecdsaWithSha256 = seq(objectId("2a8648ce3d040302"));
