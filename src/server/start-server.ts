import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../core/ports/clock.ts";
import type { Operations, ReadModel } from "../core/ports/read-model.ts";
import { buildApp } from "./app.ts";
import type { EventStreamPace } from "./event-stream.ts";
import { addressUrl, hostHeaderName, isLoopback, parseListenAddress, type ListenAddress } from "./listen-address.ts";
import type { ServerLog } from "./server-log.ts";
import { checkToken, readOrMakeToken } from "./token.ts";
import { listenFailure } from "./listen-error.ts";
import { listenOnSocket } from "./unix-socket.ts";

export interface ServerOptions {
  /** `HOST:PORT`; port 0 lets the system choose. Without it only the socket is served. */
  readonly listen?: string;
  /** Path of a Unix socket (mode 0600) on which no token is asked. */
  readonly socket?: string;
  /** Needed with `listen`, one of the two: the token, or a file that holds it and is made if it is missing. */
  readonly token?: string;
  readonly tokenFile?: string;
  /** Names this server answers for beside the loopback ones and the address it listens on. */
  readonly hosts?: readonly string[];
  readonly readModel: ReadModel;
  readonly operations: Operations;
  readonly metrics: { render(): Promise<{ readonly contentType: string; readonly body: string }> };
  readonly clock: Clock;
  readonly log: ServerLog;
  /** Takes whatever looks like a secret out of a text; every answer passes it. */
  readonly redact: (text: string) => string;
  readonly pace?: Partial<EventStreamPace>;
  /** Event streams open at once; default 64. */
  readonly maxStreams?: number;
}

export interface RunningServer {
  /** `http://HOST:PORT` and `unix:PATH`, as they came to be. */
  readonly addresses: readonly string[];
  /** Takes no new requests, ends event streams, lets answers under way finish for two seconds, then cuts. Idempotent. */
  close(): Promise<void>;
}

const defaultPace: EventStreamPace = { heartbeatMs: 15_000, retryMs: 2_000, slowClientMs: 10_000 };
const closeGraceMs = 2_000;

/**
 * Serves the read model over HTTP.
 *
 * @throws {TokenFileError | SocketInUseError | ListenError} each names the `setting` that cannot be had. Nothing listens then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const closing = new AbortController();
  const parts = {
    readModel: options.readModel,
    operations: options.operations,
    metrics: options.metrics,
    clock: options.clock,
    log: options.log,
    redact: options.redact,
    clean: (value: unknown) =>
      JSON.stringify(value, (_name, member: unknown) => (typeof member === "string" ? options.redact(member) : member)),
    pace: { ...defaultPace, ...options.pace },
    streams: { open: 0, max: options.maxStreams ?? 64 },
    closing: closing.signal,
  };
  const apps: FastifyInstance[] = [];
  const close = async () => {
    closing.abort(new Error("The server closes."));
    await Promise.all(apps.map((app) => closeApp(app, options.clock)));
  };
  const addresses: string[] = [];
  try {
    if (options.listen !== undefined) {
      const address = parseListenAddress(options.listen);
      const app = buildApp({
        ...parts,
        gate: { token: await theToken(options), hosts: hostsOf(address, options.hosts) },
      });
      apps.push(app);
      try {
        await app.listen({ host: address.host, port: address.port });
      } catch (error) {
        throw listenFailure("listen", options.listen, error);
      }
      const { port } = app.server.address() as AddressInfo;
      addresses.push(addressUrl({ host: address.host, port }));
      if (!isLoopback(address.host)) {
        options.log.warn(
          { listen: options.listen },
          "API is reachable from other machines without TLS; put a proxy in front",
        );
      }
    }
    if (options.socket !== undefined) {
      const app = buildApp({ ...parts, gate: { token: undefined, hosts: undefined } });
      apps.push(app);
      await app.ready();
      try {
        await listenOnSocket(app.server, options.socket);
      } catch (error) {
        throw listenFailure("socket", options.socket, error);
      }
      addresses.push(`unix:${options.socket}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  let closed: Promise<void> | undefined;
  return { addresses, close: () => (closed ??= close()) };
}

async function theToken(options: ServerOptions): Promise<string> {
  if (options.token !== undefined) return checkToken(options.token, "that was given");
  if (options.tokenFile === undefined)
    throw new TypeError("A server that listens on a port needs `token` or `tokenFile`.");
  const { tokenFile } = options;
  const { token, made } = await readOrMakeToken(tokenFile).catch((error: unknown) => {
    throw listenFailure("token", tokenFile, error);
  });
  if (made) options.log.info({ tokenFile }, "API token made");
  return token;
}

function hostsOf(address: ListenAddress, hosts: readonly string[] = []): ReadonlySet<string> {
  const wildcard = address.host === "0.0.0.0" || address.host === "::";
  return new Set([...hosts, ...(wildcard ? [] : [address.host])].map(hostHeaderName));
}

async function closeApp(app: FastifyInstance, clock: Clock): Promise<void> {
  const done = new AbortController();
  const cut = clock.sleep(closeGraceMs, done.signal).then(
    () => app.server.closeAllConnections(),
    () => undefined,
  );
  await app.close();
  done.abort(new Error("Closed in time."));
  await cut;
}
