import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { consoleOf } from "./live-console.ts";
import type { RunnerServices } from "./runner-services.ts";

/** Bytes of one message; runners cut lines at 1,024 characters and send a batch twice a second. */
const messageBytesMax = 4 * 1024 * 1024;
const socketsMax = 2_000;

/**
 * Opens web sockets at `/feed`, where runners send their console while they work. Everything about it is best effort: a
 * refused or cut socket changes nothing about the job.
 *
 * @returns closes every socket.
 */
export function attachFeed(server: Server, services: RunnerServices): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax, perMessageDeflate: false });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? "").replace(/^[a-z]+:\/\/[^/]+/i, "").split("?", 1)[0];
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.on("error", () => socket.destroy());
    if (path?.replace(/\/$/, "") !== "/feed") return void refuse("404 Not Found");
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const hear = token === undefined ? undefined : consoleOf(services, token);
    if (hear === undefined) return void refuse("401 Unauthorized\r\nWWW-Authenticate: Bearer");
    if (sockets.clients.size >= socketsMax) return void refuse("503 Service Unavailable");
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("error", () => opened.terminate());
      opened.on("message", (message, isBinary) => {
        if (!isBinary && Buffer.isBuffer(message)) hear(message.toString("utf8"));
      });
    });
  };
  server.on("upgrade", upgrade);
  return () => {
    server.off("upgrade", upgrade);
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  };
}
