import type { AdminConnection } from "./admin-connection.ts";
import { checkedCall, type Line } from "./checked-call.ts";
import { encodeJson, parseFirstJson } from "./json.ts";
import type { CallOptions, HttpRequest } from "./ports.ts";
import { isServiceError, tellingAborts, type Operation } from "./service-error.ts";
import { joinServiceUrl, type Query } from "./service-url.ts";

export interface ServiceCall<T> {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly query?: Query;
  /** Absent: no body. */
  readonly body?: unknown;
  /** Exact: another 2xx is an error. */
  readonly expected: 200 | 204;
  readonly decode: (value: unknown) => T;
  readonly operation?: Operation;
  /** Sent instead of the admin token. */
  readonly queueToken?: string;
  /** Instead of the client's own retry policy. */
  readonly line?: Line;
}

/** Calls the Actions Service of one scope: URL, tokens, headers, statuses. */
export class ActionsService {
  readonly #line: Line;
  readonly #admin: AdminConnection;
  readonly #userAgent: () => string;

  constructor(options: { readonly line: Line; readonly admin: AdminConnection; readonly userAgent: () => string }) {
    this.#line = options.line;
    this.#admin = options.admin;
    this.#userAgent = options.userAgent;
  }

  call<T>(call: ServiceCall<T>, options: CallOptions): Promise<T> {
    return tellingAborts({ method: call.method, url: call.path }, options, () => this.#call(call, options));
  }

  async #call<T>(call: ServiceCall<T>, options: CallOptions): Promise<T> {
    const grant = await this.#admin.current(options);
    try {
      return await this.#send(call, grant.serviceUrl, call.queueToken ?? grant.token, options);
    } catch (error) {
      if (call.queueToken !== undefined || !isServiceError(error) || error.status !== 401) throw error;
      // Admin tokens have been seen to end long before their `exp`: exchange once and repeat once.
      this.#admin.invalidate(grant.token);
      const fresh = await this.#admin.current(options);
      return this.#send(call, fresh.serviceUrl, fresh.token, options);
    }
  }

  #send<T>(call: ServiceCall<T>, serviceUrl: string, token: string, options: CallOptions): Promise<T> {
    const ofSession = call.operation !== undefined && call.operation !== "other";
    return checkedCall(
      call.line ?? this.#line,
      {
        request: {
          method: call.method,
          url: joinServiceUrl(serviceUrl, call.path, call.query ?? []),
          headers: {
            "User-Agent": this.#userAgent(),
            Authorization: `Bearer ${token}`,
            "Content-Type": "application/json",
          },
          ...(call.body === undefined ? {} : { body: encodeJson(call.body) }),
        },
        expected: call.expected,
        operation: call.operation ?? "other",
        cause: ({ status, statusText }) =>
          ofSession ? `unexpected status code ${status} ${statusText}`.trim() : `unexpected status code: ${status}`,
        decode: (response) => call.decode(call.expected === 204 ? undefined : parseFirstJson(response.body)),
      },
      options,
    );
  }
}
