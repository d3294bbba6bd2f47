import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body?: unknown;
}

type Handler = (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>;

let sharedKey: KeyObject | undefined;

/** A service that answers as a test says, and remembers what it was asked. */
export class ScriptedService {
  readonly requests: ServiceRequest[] = [];
  readonly #handlers = new Map<string, Handler>();
  readonly #server: Server;
  readonly #watchers = new Set<() => void>();
  readonly #hungUp: string[] = [];
  url = "";

  constructor() {
    this.#server = createServer((incoming, outgoing) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const url = new URL(incoming.url ?? "/", "http://service.test");
        const body = Buffer.concat(chunks).toString("utf8");
        const request = {
          method: incoming.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          headers: incoming.headers,
          body,
        };
        this.requests.push(request);
        for (const watcher of this.#watchers) watcher();
        outgoing.on("close", () => {
          if (outgoing.writableEnded) return;
          this.#hungUp.push(`${request.method} ${request.path}`);
          for (const watcher of this.#watchers) watcher();
        });
        const handler = this.#handlers.get(`${request.method} ${request.path}`) ?? (() => ({ status: 200, body: {} }));
        const answer = await handler(request);
        const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
        outgoing.writeHead(answer.status, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        });
        outgoing.end(text);
      })().catch(() => outgoing.destroy());
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    this.on("POST /oauth/token", () => ({ status: 200, body: { access_token: "runner-token", expires_in: 3600 } }));
    this.on("POST /session", () => ({ status: 200, body: { sessionId: "session-1" } }));
    this.on("POST /renewjob", () => ({ status: 200, body: { lockedUntil: "2026-11-21T02:12:00Z" } }));
    this.on("GET /message", () => new Promise(() => undefined));
    this.on("DELETE /session", () => ({ status: 200 }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  on(route: string, handler: Handler): void {
    this.#handlers.set(route, handler);
  }

  /** Answers in order; the last one stays. */
  inTurn(route: string, ...handlers: Handler[]): void {
    let index = 0;
    this.on(route, (request) => {
      const handler = handlers[Math.min(index, handlers.length - 1)];
      index += 1;
      return handler?.(request) ?? { status: 500 };
    });
  }

  /** Resolves once the caller gave `count` unanswered requests of the route up. */
  async hungUp(route: string, count = 1): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#hungUp.filter((each) => each === route).length < count) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves once `count` requests of the route have arrived; gives the last of them. */
  async asked(route: string, count = 1): Promise<ServiceRequest> {
    return await new Promise((resolve) => {
      const look = (): void => {
        const request = this.of(route)[count - 1];
        if (request === undefined) return;
        this.#watchers.delete(look);
        resolve(request);
      };
      this.#watchers.add(look);
      look();
    });
  }

  of(route: string): readonly ServiceRequest[] {
    return this.requests.filter((request) => `${request.method} ${request.path}` === route);
  }

  /** A JIT config whose runner listens here. */
  jitConfig(changes: { runner?: object; rsa?: object } = {}): string {
    sharedKey ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const jwk = sharedKey.export({ format: "jwk" });
    const padded = (value: string | undefined, bytes: number): string =>
      Buffer.from(
        Buffer.from(value ?? "", "base64url")
          .toString("hex")
          .padStart(bytes * 2, "0"),
        "hex",
      ).toString("base64");
    const files = {
      ".runner": {
        AgentId: "7",
        AgentName: "r1",
        PoolId: "1",
        DisableUpdate: "True",
        Ephemeral: "True",
        ServerUrl: this.url,
        ServerUrlV2: this.url,
        UseV2Flow: "True",
        WorkFolder: "_work",
        ...changes.runner,
      },
      ".credentials": {
        Scheme: "OAuth",
        Data: { ClientId: "client-7", AuthorizationUrl: `${this.url}oauth/token`, RequireFipsCryptography: "True" },
      },
      ".credentials_rsaparams": {
        modulus: padded(jwk.n, 256),
        exponent: "AQAB",
        d: padded(jwk.d, 256),
        p: padded(jwk.p, 128),
        q: padded(jwk.q, 128),
        dp: padded(jwk.dp, 128),
        dq: padded(jwk.dq, 128),
        inverseQ: padded(jwk.qi, 128),
        ...changes.rsa,
      },
    };
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
    return encode(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, encode(file)])));
  }

  /** The key that assertions of the config are signed with. */
  static key(): KeyObject {
    if (sharedKey === undefined) throw new Error("No JIT config was made yet.");
    return sharedKey;
  }
}

/** A broker message that offers a job of this service. */
export function jobOffer(url: string, changes: object = {}): ServiceAnswer {
  const body = JSON.stringify({
    runner_request_id: "request-1",
    run_service_url: url,
    should_acknowledge: false,
    ...changes,
  });
  return { status: 200, body: { messageId: 1, messageType: "RunnerJobRequest", body } };
}

export function brokerMessage(messageType: string, body: object): ServiceAnswer {
  return { status: 200, body: { messageId: 2, messageType, body: JSON.stringify(body) } };
}

export function brokerError(errorKind: string, statusCode = 404): ServiceAnswer {
  return {
    status: statusCode,
    body: { source: "actions-broker-listener", errorKind, statusCode, errorMessage: errorKind },
  };
}
