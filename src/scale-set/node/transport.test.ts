import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { makeCertificate, type Certificate } from "../../../test/scale-set/certificates.ts";
import { LoopbackProxy } from "../../../test/scale-set/connect-proxy.ts";
import { never } from "../../../test/scale-set/scripted-transport.ts";
import { PatTokenSource } from "../pat-token.ts";
import type { HttpRequest } from "../ports.ts";
import { ScaleSetClient } from "../scale-set-client.ts";
import { SystemClock } from "./system-clock.ts";
import { NodeTransport, type NodeTransportOptions } from "./transport.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const root = makeCertificate({ name: "Root", authority: true });
const intermediate = makeCertificate({ name: "Intermediate", authority: true, issuer: root });
const leaf = makeCertificate({ name: "leaf", issuer: intermediate });

async function listening(server: Server): Promise<number> {
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function plainServer(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(listener))}`;
}

async function tlsServer(certificate: Certificate, chain: readonly Certificate[] = []) {
  const handshakes = { count: 0 };
  const cert = [certificate, ...chain].map((each) => each.cert).join("");
  const server = createTlsServer({ cert, key: certificate.key }, (_request, response) => response.end("hello"));
  server.on("connection", () => (handshakes.count += 1));
  const port = await listening(server as unknown as Server);
  return { port, origin: `https://127.0.0.1:${port}`, handshakes };
}

function transport(options: NodeTransportOptions = {}): NodeTransport {
  const made = new NodeTransport(options);
  closers.push(() => made.close());
  return made;
}

const get = (url: string): HttpRequest => ({ method: "GET", url, headers: {} });
const send = (made: NodeTransport, url: string) => made.send(get(url), { signal: never });

test("C-22 a certificate that is not trusted is refused once, and says what to do", async () => {
  const { origin, handshakes } = await tlsServer(leaf, [intermediate]);
  const client = new ScaleSetClient({
    configUrl: `${origin}/acme`,
    tokenSource: new PatTokenSource("ghp_1"),
    transport: transport(),
    clock: new SystemClock(),
    identity: { system: "drover" },
  });

  const failure = client.getScaleSet(1, { signal: never });

  await expect(failure).rejects.toMatchObject({ kind: "Transport", cause: { permanent: true } });
  await expect(failure).rejects.toThrow(/its certificate is not trusted .* Give the authority that signed it as CA/);
  expect(handshakes.count).toBe(1);
});

test.each([
  ["expired", makeCertificate({ name: "old", issuer: root, validUntilMs: Date.now() - 1_000 })],
  ["for another host", makeCertificate({ name: "other", issuer: root, host: "example.com" })],
])("C-22 a certificate that is %s is refused for good", async (_what, certificate) => {
  const { origin } = await tlsServer(certificate);

  await expect(send(transport({ ca: root.cert }), origin)).rejects.toMatchObject({ permanent: true });
});

test("C-22 a connection that is refused may be tried again", async () => {
  const origin = await plainServer((_request, response) => response.end());
  await closers.pop()!();

  await expect(send(transport(), origin)).rejects.toMatchObject({ name: "TransportFailure", permanent: false });
});

test("C-40 an own root authority is trusted, in place of the built-in ones or besides them", async () => {
  const { origin } = await tlsServer(leaf, [intermediate]);

  expect((await send(transport({ ca: root.cert }), origin)).body).toBe("hello");
  expect((await send(transport({ extraCa: [root.cert] }), origin)).body).toBe("hello");
  await expect(
    send(transport({ ca: makeCertificate({ name: "Other", authority: true }).cert }), origin),
  ).rejects.toThrow();
});

test("C-40 an intermediate authority alone is enough", async () => {
  const { origin } = await tlsServer(leaf);

  expect((await send(transport({ ca: intermediate.cert }), origin)).body).toBe("hello");
});

test("C-40 verification can be skipped", async () => {
  const { origin } = await tlsServer(makeCertificate({ name: "self" }));

  expect((await send(transport({ skipVerify: true }), origin)).body).toBe("hello");
});

test("C-40 https goes through a proxy in a tunnel, verified with the own authority", async () => {
  const { port } = await tlsServer(leaf, [intermediate]);
  const proxy = await new LoopbackProxy(() => port).listen();
  closers.push(() => proxy.close());
  const settings = { httpsProxy: proxy.origin.replace("http://", "http://user:pass@") };

  const made = transport({ ca: root.cert, proxy: settings });
  await expect(send(made, "https://github.test/x")).rejects.toMatchObject({ permanent: true });
  const server = await tlsServer(makeCertificate({ name: "gh", issuer: root, host: "github.test" }));
  const second = await new LoopbackProxy(() => server.port).listen();
  closers.push(() => second.close());
  const through = transport({ ca: root.cert, proxy: { httpsProxy: second.origin } });
  expect((await send(through, "https://github.test/x")).body).toBe("hello");

  expect(second.seen).toEqual(["CONNECT github.test:443"]);
  expect(proxy.credentials[0]).toBe(`Basic ${Buffer.from("user:pass").toString("base64")}`);
});

test("C-40 http goes through a proxy as it is, loopback and NO_PROXY directly", async () => {
  const origin = await plainServer((request, response) => response.end(`direct ${request.url}`));
  const proxy = await new LoopbackProxy(() => Number(new URL(origin).port)).listen();
  closers.push(() => proxy.close());
  const made = transport({ proxy: { httpProxy: proxy.origin, noProxy: "localhost.test" } });

  expect((await send(made, "http://github.test/a?b=1")).body).toBe("direct /a?b=1");
  expect((await send(made, `${origin}/c`)).body).toBe("direct /c");

  expect(proxy.seen).toEqual(["GET http://github.test/a?b=1"]);
});

test("C-40 a proxy that is set explicitly takes every request, loopback too", async () => {
  const origin = await plainServer((_request, response) => response.end("through"));
  const proxy = await new LoopbackProxy(() => Number(new URL(origin).port)).listen();
  closers.push(() => proxy.close());

  expect((await send(transport({ proxy: proxy.origin }), `${origin}/x`)).body).toBe("through");
  expect(proxy.seen).toEqual([`GET ${origin}/x`]);
});

test("a compressed, chunked answer with a byte order mark arrives as text", async () => {
  const requests: IncomingMessage[] = [];
  const origin = await plainServer((request, response) => {
    requests.push(request);
    response.writeHead(200, "Fine", { "content-encoding": "gzip", "x-twice": ["a", "b"] });
    response.end(gzipSync("\uFEFF{}"));
  });

  expect(await send(transport(), origin)).toMatchObject({
    status: 200,
    statusText: "Fine",
    headers: { "x-twice": "a, b" },
    body: "\uFEFF{}",
  });
  expect(requests[0]?.headers["accept-encoding"]).toBe("gzip");
});

test("a GET follows redirects within its origin, ten at most", async () => {
  const origin = await plainServer((request, response) => {
    const hop = Number(new URL(request.url ?? "", "http://h").searchParams.get("hop"));
    if (hop === 0) return response.end("there");
    response.writeHead(302, { location: request.url?.startsWith("/loop") ? "/loop?hop=1" : `/x?hop=${hop - 1}` }).end();
  });
  const made = transport();

  expect((await send(made, `${origin}/x?hop=10`)).body).toBe("there");
  await expect(send(made, `${origin}/loop?hop=1`)).rejects.toMatchObject({ permanent: true });
});

test("a redirect of a POST, or to another origin, is handed back: no token travels on", async () => {
  const visits: string[] = [];
  const other = await plainServer((request, response) => {
    visits.push(request.url ?? "");
    response.end("stolen");
  });
  const origin = await plainServer((request, response) => {
    const location = request.url === "/away" ? `${other}/x` : "/here";
    response.writeHead(301, { location }).end();
  });
  const made = transport();

  expect(await send(made, `${origin}/away`)).toMatchObject({ status: 301 });
  const post: HttpRequest = { method: "POST", url: `${origin}/post`, headers: {}, body: "{}" };
  expect(await made.send(post, { signal: never })).toMatchObject({ status: 301 });
  expect(visits).toEqual([]);
});

test("an abort ends a request under way with the signal's reason", async () => {
  const arrived = Promise.withResolvers<void>();
  const origin = await plainServer(() => arrived.resolve());
  const stop = new AbortController();
  const sent = transport().send(get(origin), { signal: stop.signal });
  await arrived.promise;
  stop.abort(new Error("enough"));

  await expect(sent).rejects.toThrow("enough");
});

test("fifty polls that are held do not hold up another call", async () => {
  const held: (() => void)[] = [];
  const origin = await plainServer((request, response) => {
    if (request.url === "/now") response.end("now");
    else held.push(() => response.end("later"));
  });
  const made = transport();
  const polls = Array.from({ length: 50 }, () => send(made, `${origin}/poll`));

  expect((await send(made, `${origin}/now`)).body).toBe("now");
  while (held.length < 50) await new Promise((resolve) => setImmediate(resolve));
  held.forEach((release) => release());
  expect((await Promise.all(polls)).every(({ body }) => body === "later")).toBe(true);
});

test("an answer that breaks off is not asked for again: its request took effect", async () => {
  const origin = await plainServer((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half");
    setImmediate(() => response.destroy());
  });

  await expect(send(transport(), origin)).rejects.toMatchObject({ permanent: true, message: /broke off/ });
});

test.each(["ftp://h/x", "not a url", "//h/x"])("%s is no URL to send to", async (url) => {
  await expect(send(transport(), url)).rejects.toMatchObject({ permanent: true });
});
