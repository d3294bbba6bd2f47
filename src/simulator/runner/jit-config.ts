import { createPrivateKey, type KeyObject } from "node:crypto";
import { asObject, flag, parseJson, text } from "./wire/json-fields.ts";

/** What a JIT config says: who the runner is, where it listens and the key it proves itself with. */
export interface JitConfig {
  readonly runnerId: string;
  readonly runnerName: string;
  readonly poolId: string;
  readonly workFolder: string;
  /** Broker base; ends with a slash. */
  readonly brokerUrl: string;
  readonly gitHubUrl: string;
  readonly skipSessionRecover: boolean;
  readonly disableUpdate: boolean;
  readonly clientId: string;
  /** Audience of the assertion, verbatim, and where it is posted unless `oauthEndpointUrl` is given. */
  readonly authorizationUrl: string;
  readonly oauthEndpointUrl: string;
  /** PS256 when true, RS256 otherwise. */
  readonly requireFipsCryptography: boolean;
  readonly privateKey: KeyObject;
}

/** The config cannot be used: the official runner ends with exit code 1, and so does this one. */
export class JitConfigError extends Error {
  override readonly name = "JitConfigError";
}

/**
 * Decodes base64 of `{".runner": base64, ".credentials": base64, ".credentials_rsaparams": base64}`.
 *
 * @throws {JitConfigError} naming the member that is wrong, never its content.
 */
export function decodeJitConfig(encoded: string): JitConfig {
  const files = parseJson(decodeBase64(encoded));
  const settings = decodeFile(files, ".runner");
  const credentials = decodeFile(files, ".credentials");
  const credentialFields = asObject(credentials["Data"] ?? credentials["data"]);
  const scheme = text(credentials, "scheme");
  if (scheme !== "OAuth")
    throw new JitConfigError(`The JIT config's .credentials have the scheme "${scheme ?? ""}", not "OAuth".`);
  const authorizationUrl = required(credentialFields, "authorizationUrl", ".credentials");
  return {
    runnerId: required(settings, "agentId", ".runner"),
    runnerName: required(settings, "agentName", ".runner"),
    poolId: text(settings, "poolId") ?? "1",
    workFolder: text(settings, "workFolder") ?? "_work",
    brokerUrl: withSlash(text(settings, "serverUrlV2") ?? required(settings, "serverUrl", ".runner")),
    gitHubUrl: text(settings, "gitHubUrl") ?? "",
    skipSessionRecover: flag(settings, "skipSessionRecover"),
    disableUpdate: flag(settings, "disableUpdate"),
    clientId: required(credentialFields, "clientId", ".credentials"),
    authorizationUrl,
    oauthEndpointUrl: text(credentialFields, "oauthEndpointUrl") ?? authorizationUrl,
    requireFipsCryptography: flag(credentialFields, "requireFipsCryptography"),
    privateKey: readKey(decodeFile(files, ".credentials_rsaparams")),
  };
}

function decodeFile(files: unknown, name: string): Record<string, unknown> {
  const encoded = text(files, name);
  if (encoded === undefined) throw new JitConfigError(`The JIT config has no ${name}.`);
  const content = parseJson(decodeBase64(encoded));
  if (typeof content !== "object" || content === null)
    throw new JitConfigError(`The JIT config's ${name} is no JSON object.`);
  return { ...content };
}

/** Fixed lengths as .NET demands them: a member with its leading zeros cut off is refused there, so it is refused here. */
const memberBytes = { modulus: 256, d: 256, p: 128, q: 128, dp: 128, dq: 128, inverseQ: 128 } as const;

function readKey(members: Record<string, unknown>): KeyObject {
  const urlSafe = (name: string): string => {
    const bytes = Buffer.from(required(members, name, ".credentials_rsaparams"), "base64");
    const expected: number | undefined = memberBytes[name as keyof typeof memberBytes];
    if (expected !== undefined && bytes.length !== expected) {
      throw new JitConfigError(`The JIT config's RSA member ${name} has ${bytes.length} bytes instead of ${expected}.`);
    }
    return bytes.toString("base64url");
  };
  const jwk = {
    kty: "RSA",
    n: urlSafe("modulus"),
    e: urlSafe("exponent"),
    d: urlSafe("d"),
    p: urlSafe("p"),
    q: urlSafe("q"),
    dp: urlSafe("dp"),
    dq: urlSafe("dq"),
    qi: urlSafe("inverseQ"),
  };
  try {
    return createPrivateKey({ key: jwk, format: "jwk" });
  } catch (error) {
    throw new JitConfigError("The JIT config's RSA parameters are no valid private key.", { cause: error });
  }
}

function required(object: unknown, name: string, file: string): string {
  const value = text(object, name);
  if (value === undefined || value === "") throw new JitConfigError(`The JIT config's ${file} has no ${name}.`);
  return value;
}

function decodeBase64(value: string): string {
  return Buffer.from(value.trim(), "base64").toString("utf8");
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
