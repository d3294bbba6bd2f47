import { createServer, type RequestListener } from "node:http";
import { networkInterfaces } from "node:os";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { never } from "../../../test/scale-set/scripted-transport.ts";
import type { HttpRequest } from "../ports.ts";
import { TransportFailure } from "./transport-failure.ts";
import { NodeTransport, type NodeTransportOptions } from "./transport.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function transport(options: NodeTransportOptions = {}): NodeTransport {
  const made = new NodeTransport(options);
  closers.push(() => made.close());
  return made;
}

/** A server that answers each connection's first request with these bytes; null resets the connection. */
async function bytesServer(bytes: string | Buffer | null): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      if (bytes === null) socket.resetAndDestroy();
      else socket.end(bytes);
    });
  });
  closers.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

async function httpServer(listener: RequestListener, host = "127.0.0.1") {
  const sockets = new Set<Socket>();
  const server = createServer(listener);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, sockets };
}

const request = (url: string, method: HttpRequest["method"] = "GET"): HttpRequest => ({
  method,
  url,
  headers: { Authorization: "Bearer secret-token" },
});
const send = (url: string) => transport().send(request(url), { signal: never });
const failureOf = (work: Promise<unknown>): Promise<TransportFailure> =>
  work.then(
    () => Promise.reject(new Error("it succeeded")),
    (error: unknown) => {
      expect(error).toBeInstanceOf(TransportFailure);
      return error as TransportFailure;
    },
  );

test.each([
  ["early hints first", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
  ["no length", "HTTP/1.1 200 OK\r\n\r\n{}"],
  ["HTTP 1.0", "HTTP/1.0 200 OK\r\n\r\n{}"],
  ["no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}"],
  [
    "chunks with a trailer",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n",
  ],
])("an answer with %s is read", async (_what, bytes) => {
  expect(await send(await bytesServer(bytes))).toMatchObject({ status: 200, body: "{}" });
});

test.each([
  ["shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{", true],
  ["cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", true],
  ["of another protocol", "SSH-2.0-OpenSSH\r\n", false],
  ["that never begins", "", false],
  ["with a head without end", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(100_000)}\r\n\r\n`, false],
])("an answer %s is a failure; repeating it is useless: %s", async (_what, bytes, permanent) => {
  expect((await failureOf(send(await bytesServer(bytes)))).permanent).toBe(permanent);
});

test("a connection that is reset may be tried again", async () => {
  const failure = await failureOf(send(await bytesServer(null)));
  expect([failure.permanent, failure.message.includes("ECONNRESET")]).toEqual([false, true]);
});

test("what a server sends behind a status that has no body changes nothing", async () => {
  const answer = await send(await bytesServer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"));
  expect([answer.status, answer.body]).toEqual([204, ""]);
});

test.each(["gzip", "GZIP", "x-gzip", " gzip "])("a body in the coding %j is unpacked", async (coding) => {
  const { origin } = await httpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": coding });
    response.end(gzipSync('{"a":1}'));
  });
  expect((await send(origin)).body).toBe('{"a":1}');
});

test("a coding that was not asked for is named, and not taken for text", async () => {
  const { origin } = await httpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "br" });
    response.end(brotliCompressSync("{}"));
  });
  const failure = await failureOf(send(origin));
  expect([failure.permanent, failure.message.includes("compressed as br")]).toEqual([true, true]);
});

test.each([
  ["is no gzip at all", Buffer.from("{}")],
  ["ends in the middle", gzipSync("{}".repeat(1_000)).subarray(0, 20)],
  ["unpacks to more than anybody wants", gzipSync(Buffer.alloc(70 * 1024 * 1024))],
])("a gzip body that %s is a failure", async (_what, body) => {
  const { origin } = await httpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(body);
  });
  expect((await failureOf(send(origin))).permanent).toBe(true);
});

test("a body without end is cut off, and its connection is closed", async () => {
  const piece = Buffer.alloc(1 << 20);
  const { origin, sockets } = await httpServer((_request, response) => {
    const more = () => {
      while (response.write(piece));
      response.once("drain", more);
    };
    more();
  });
  expect((await failureOf(send(origin))).message).toContain("more than");
  // Ends by the time limit of the test when one stays open.
  while (sockets.size > 0) await nextTurn();
});

test.each([
  [301, "GET", true],
  [302, "GET", true],
  [307, "GET", true],
  [301, "POST", false],
  [302, "POST", false],
  [303, "POST", false],
  [307, "POST", true],
  [308, "DELETE", true],
] as const)("a redirect with %i of a %s is followed: %s", async (status, method, followed) => {
  const seen: string[] = [];
  const { origin } = await httpServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    if (incoming.url === "/old") response.writeHead(status, { location: "/new" });
    response.end();
  });
  const answer = await transport().send(request(`${origin}/old`, method), { signal: never });
  expect(seen).toEqual(followed ? [`${method} /old`, `${method} /new`] : [`${method} /old`]);
  expect(answer.status).toBe(followed ? 200 : status);
});

test("a token never follows a redirect to another origin, and a circle of redirects ends", async () => {
  const tokens: unknown[] = [];
  const other = await httpServer((incoming, response) => {
    tokens.push(incoming.headers.authorization);
    response.end();
  });
  const away = await httpServer((_request, response) => {
    response.writeHead(307, { location: `${other.origin}/taken` });
    response.end();
  });
  expect((await send(away.origin)).status).toBe(307);
  expect(tokens).toEqual([]);
  const circle = await httpServer((_request, response) => {
    response.writeHead(302, { location: "/again" });
    response.end();
  });
  expect((await failureOf(send(circle.origin))).permanent).toBe(true);
});

test("an address of version 6 is dialled as one", async () => {
  const hasVersion6 = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === "::1"),
  );
  if (!hasVersion6) {
    // Without such a loopback the refusal still names the address that was tried.
    expect((await failureOf(send("http://[::1]:9/p"))).message).toContain("[::1]:9");
    return;
  }
  const server = await httpServer((incoming, response) => response.end(incoming.headers.host), "::1");
  expect((await send(`${server.origin}/p`)).body).toBe(server.origin.slice("http://".length));
});

test("a transport that was closed sends nothing any more, and says that repeating is useless", async () => {
  const made = transport();
  await made.close();
  expect((await failureOf(made.send(request("http://127.0.0.1:9/"), { signal: never }))).permanent).toBe(true);
});

test("a proxy whose URL cannot be read is refused without being quoted", async () => {
  const made = transport({ proxy: "http://user:hidden password@[proxy" });
  const failure = await failureOf(made.send(request("http://github.test/"), { signal: never }));
  expect(failure.permanent).toBe(true);
  expect(`${failure.message} ${JSON.stringify(failure.cause)}`).not.toContain("hidden");
});
