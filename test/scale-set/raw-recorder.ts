import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface RawRequest {
  readonly line: string;
  /** As they were on the wire, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** A loopback server that keeps each request as it was on the wire and answers what it is told to. */
export class RawRecorder {
  readonly requests: RawRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(respond: (request: RawRequest, origin: string) => { readonly status: number; readonly body?: string }) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      let received = Buffer.alloc(0);
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        received = Buffer.concat([received, chunk]);
        const headEnd = received.indexOf("\r\n\r\n");
        if (headEnd < 0) return;
        const [line = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
        const headers = lines.map((text): [string, string] => {
          const colon = text.indexOf(": ");
          return [text.slice(0, colon), text.slice(colon + 2)];
        });
        const length = Number(headers.find(([name]) => name.toLowerCase() === "content-length")?.[1] ?? 0);
        if (received.length < headEnd + 4 + length) return;
        const request = { line, headers, body: received.subarray(headEnd + 4, headEnd + 4 + length).toString("utf8") };
        received = received.subarray(headEnd + 4 + length);
        this.requests.push(request);
        const { status, body } = respond(request, this.origin);
        const bytes = Buffer.from(body ?? "");
        const noBody = status === 204 ? "" : `content-length: ${bytes.length}\r\ncontent-type: application/json\r\n`;
        socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${noBody}\r\n`), bytes]));
      });
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
}

/** Headers by lower-case name, without those of the connection itself. */
export function messageHeaders(request: RawRequest): Readonly<Record<string, string>> {
  const hopByHop = new Set(["connection", "keep-alive"]);
  return Object.fromEntries(
    request.headers.map(([name, value]) => [name.toLowerCase(), value]).filter(([name]) => !hopByHop.has(name ?? "")),
  );
}
