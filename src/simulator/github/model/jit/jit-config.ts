import { rsaParameters, type RsaPrivateJwk } from "./rsa-parameters.ts";

export interface JitRegistration {
  readonly runnerId: number;
  readonly runnerName: string;
  /** A GUID; the OAuth client that the key belongs to. */
  readonly clientId: string;
  readonly key: RsaPrivateJwk;
  /** Scheme, host and port of the simulator as its client sees it; a trailing slash is optional. */
  readonly origin: string;
  /** Where the runner is registered: the configuration URL of its scope. */
  readonly gitHubUrl: string;
  /** Empty means the service's default, `_work`. */
  readonly workFolder: string;
}

/** The base of every call of a runner. It ends in a slash: runners resolve `session`, `message`, ... relative to it. */
export function serviceBase(origin: string): string {
  return `${origin.replace(/\/+$/, "")}/`;
}

/** Where assertions are exchanged, and at the same time the audience that an assertion must name, letter by letter. */
export function authorizationUrl(origin: string): string {
  return `${serviceBase(origin)}oauth/token`;
}

/**
 * The value of `encodedJITConfig`: base64 of an object that maps each file of a configured runner to base64 of its
 * content. Numbers and booleans are written as strings because one of the two known runners decodes nothing else, and
 * both server URLs are equal because a difference makes the official runner ask for legacy locations first.
 */
export function encodeJitConfig(registration: JitRegistration): string {
  const base = serviceBase(registration.origin);
  const files = {
    ".runner": {
      AgentId: String(registration.runnerId),
      AgentName: registration.runnerName,
      PoolId: "1",
      PoolName: "Default",
      DisableUpdate: "True",
      Ephemeral: "True",
      ServerUrl: base,
      ServerUrlV2: base,
      UseV2Flow: "True",
      GitHubUrl: registration.gitHubUrl,
      WorkFolder: registration.workFolder === "" ? "_work" : registration.workFolder,
    },
    ".credentials": {
      Scheme: "OAuth",
      Data: {
        ClientId: registration.clientId,
        AuthorizationUrl: authorizationUrl(registration.origin),
        RequireFipsCryptography: "True",
      },
    },
    ".credentials_rsaparams": rsaParameters(registration.key),
  };
  return base64(
    JSON.stringify(
      Object.fromEntries(Object.entries(files).map(([name, file]) => [name, base64(JSON.stringify(file))])),
    ),
  );
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
