import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

/** A loopback proxy: tunnels CONNECT and forwards plain requests, to loopback whatever host was asked for. Keeps both. */
export class LoopbackProxy {
  /** `CONNECT host:port` or `GET http://host/path`. */
  readonly seen: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(targetPort: () => number) {
    this.#server = createServer((request, response) => {
      this.seen.push(`${request.method} ${request.url}`);
      this.credentials.push(request.headers["proxy-authorization"]);
      const url = new URL(request.url ?? "");
      const forwarded = httpRequest(
        { host: "127.0.0.1", port: targetPort(), method: request.method, path: url.pathname + url.search },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      request.pipe(forwarded);
    });
    this.#server.on("connection", (socket) => this.#keep(socket));
    this.#server.on("connect", (request, client: Socket) => {
      this.seen.push(`CONNECT ${request.url}`);
      this.credentials.push(request.headers["proxy-authorization"]);
      const target = connect(targetPort(), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connected\r\n\r\n");
        client.pipe(target);
        target.pipe(client);
      });
      this.#keep(target);
      client.on("error", () => target.destroy());
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
