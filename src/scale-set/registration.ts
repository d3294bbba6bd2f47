import { checkedCall, statusLine, type Line } from "./checked-call.ts";
import { scopePath, type ConfigUrl } from "./config-url.ts";
import { asObject, DecodeError, instantMember, parseFirstJson, textMember } from "./json.ts";
import { jwtExpiryMs } from "./jwt-expiry.ts";
import type { CallOptions } from "./ports.ts";
import { isServiceError } from "./service-error.ts";
import type { TokenSource } from "./token-source.ts";

/** Where the Actions Service of a scope is, and the token that opens it. */
export interface AdminConnectionGrant {
  readonly serviceUrl: string;
  /** A secret. */
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface RegistrationSetup {
  readonly line: Line;
  readonly configUrl: ConfigUrl;
  readonly tokenSource: TokenSource;
  readonly userAgent: () => string;
}

/** Exchanges the REST token for a registration token, and that one for a connection to the Actions Service. */
export async function register(setup: RegistrationSetup, options: CallOptions): Promise<AdminConnectionGrant> {
  return connect(setup, await registrationToken(setup, options), options);
}

async function registrationToken(setup: RegistrationSetup, options: CallOptions): Promise<string> {
  const { line, configUrl, tokenSource, userAgent } = setup;
  const bearer = (await tokenSource.token(options)).value;
  try {
    return await checkedCall(
      line,
      {
        request: {
          method: "POST",
          url: `${configUrl.restBase}${scopePath(configUrl.scope)}/actions/runners/registration-token`,
          headers: {
            "User-Agent": userAgent(),
            Authorization: `Bearer ${bearer}`,
            "Content-Type": "application/vnd.github.v3+json",
          },
        },
        expected: 201,
        cause: (response) => `failed to get runner registration token (${statusLine(response)})`,
        decode: (response) => {
          const answer = asObject(parseFirstJson(response.body), "the answer");
          instantMember(answer, "expires_at");
          const token = textMember(answer, "token");
          if (token === "") throw new DecodeError("the registration token is missing");
          return token;
        },
      },
      options,
    );
  } catch (error) {
    if (isServiceError(error, "Unauthorized")) tokenSource.invalidate(bearer);
    throw error;
  }
}

function connect(setup: RegistrationSetup, token: string, options: CallOptions): Promise<AdminConnectionGrant> {
  const { line, configUrl, userAgent } = setup;
  return checkedCall(
    line,
    {
      request: {
        method: "POST",
        url: `${configUrl.restBase}/actions/runner-registration`,
        headers: {
          "User-Agent": userAgent(),
          Authorization: `RemoteAuth ${token}`,
          "Content-Type": "application/json",
        },
        body: `${JSON.stringify({ url: configUrl.text, runner_event: "register" })}\n`,
      },
      expected: "2xx",
      // A registration token can take a moment to become valid.
      retryAlso: [401, 403],
      cause: (response) => `unexpected status code: ${response.status}`,
      decode: (response) => {
        const answer = asObject(parseFirstJson(response.body), "the answer");
        const serviceUrl = textMember(answer, "url");
        const adminToken = textMember(answer, "token");
        if (serviceUrl === "") throw new DecodeError("actions service admin connection missing url");
        if (adminToken === "") throw new DecodeError("actions service admin connection missing token");
        return { serviceUrl, token: adminToken, expiresAtMs: jwtExpiryMs(adminToken) };
      },
    },
    options,
  );
}
