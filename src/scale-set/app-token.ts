import { readAppPrivateKey, signAppJwt } from "./app-jwt.ts";
import { parseConfigUrl, scopePath, type ConfigUrl } from "./config-url.ts";
import { checkedCall, statusLine } from "./checked-call.ts";
import {
  asObject,
  DecodeError,
  instantMember,
  integerMember,
  parseFirstJson,
  textMember,
  type JsonObject,
} from "./json.ts";
import type { CallOptions, Clock, Transport } from "./ports.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
import { isServiceError } from "./service-error.ts";
import type { AccessToken, TokenSource } from "./token-source.ts";

/** A GitHub App, and where it is installed. */
export interface AppCredentials {
  /** The App's client id; its numeric id works too. */
  readonly clientId: string;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
  /** Found through the scope of the configuration URL when absent. */
  readonly installationId?: number;
}

export interface AppTokenOptions {
  readonly configUrl: string | ConfigUrl;
  readonly credentials: AppCredentials;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Value of the `User-Agent` header. */
  readonly userAgent: string;
  readonly retry?: Partial<RetryPolicy>;
}

/**
 * Tokens of a GitHub App's installation. Every call mints a new one; wrap it in a cache when several clients share it.
 */
export class AppTokenSource implements TokenSource {
  readonly #options: AppTokenOptions;
  readonly #configUrl: ConfigUrl;
  readonly #key: ReturnType<typeof readAppPrivateKey>;
  #installationId: number | undefined;

  /** @throws {TypeError} a part of the credentials is missing, or the scope is an enterprise. */
  constructor(options: AppTokenOptions) {
    const { clientId, installationId, privateKey } = options.credentials;
    if (clientId.trim() === "") throw new TypeError("client ID is required");
    if (installationId !== undefined && !(Number.isSafeInteger(installationId) && installationId > 0)) {
      throw new TypeError("app installation ID is required");
    }
    if (privateKey.trim() === "") throw new TypeError("app private key is required");
    this.#options = options;
    this.#configUrl = typeof options.configUrl === "string" ? parseConfigUrl(options.configUrl) : options.configUrl;
    if (this.#configUrl.scope.kind === "enterprise") {
      throw new TypeError(
        "GitHub accepts no App at an enterprise. Use a personal access token, or an organization of the enterprise.",
      );
    }
    this.#key = readAppPrivateKey(privateKey);
    this.#installationId = installationId;
  }

  async token(options: CallOptions): Promise<AccessToken> {
    try {
      return await this.#mint(await this.#findInstallation(options), options);
    } catch (error) {
      // The App was taken away and installed again: look for its new id next time.
      if (isServiceError(error, "NotFound")) this.#installationId = this.#options.credentials.installationId;
      throw error;
    }
  }

  /** Nothing to forget: each call mints a new token. */
  invalidate(_value: string): void {}

  async #mint(installationId: number, options: CallOptions): Promise<AccessToken> {
    const path = `/app/installations/${installationId}/access_tokens`;
    return this.#call("POST", path, 201, "failed to get access token for GitHub App auth", options, (answer) => {
      const value = textMember(answer, "token");
      if (value === "") throw new DecodeError("the installation token is missing");
      return { value, expiresAtMs: instantMember(answer, "expires_at") };
    });
  }

  async #findInstallation(options: CallOptions): Promise<number> {
    if (this.#installationId !== undefined) return this.#installationId;
    const path = `${scopePath(this.#configUrl.scope)}/installation`;
    const failure = "failed to find the installation of the GitHub App";
    this.#installationId = await this.#call("GET", path, 200, failure, options, (answer) => {
      const id = integerMember(answer, "id");
      if (id <= 0) throw new DecodeError("the installation id is missing");
      return id;
    });
    return this.#installationId;
  }

  #call<T>(
    method: "GET" | "POST",
    path: string,
    expected: number,
    failure: string,
    options: CallOptions,
    decode: (answer: JsonObject) => T,
  ): Promise<T> {
    const { transport, clock, userAgent, retry, credentials } = this.#options;
    const jwt = signAppJwt(credentials.clientId, this.#key, clock.nowMs());
    const headers = {
      "User-Agent": userAgent,
      Authorization: `Bearer ${jwt}`,
      "Content-Type": "application/vnd.github+json",
    };
    return checkedCall(
      { transport, clock, retry: { ...defaultRetryPolicy, ...retry } },
      {
        request: { method, url: `${this.#configUrl.restBase}${path}`, headers },
        expected,
        cause: (response) => `${failure} (${statusLine(response)})`,
        decode: (response) => decode(asObject(parseFirstJson(response.body), "the answer")),
      },
      options,
    );
  }
}
