import { isIP } from "node:net";

/** Where to listen. `port` 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** @throws {TypeError} not `HOST:PORT`; an IPv6 host stands in brackets. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6)) {
    throw new TypeError(
      `"${text}" is no address to listen on. Write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080.`,
    );
  }
  return { host, port };
}

/** `http://HOST:PORT`, brackets around IPv6. */
export function addressUrl({ host, port }: ListenAddress): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** The host as a Host header would name it, lower case. */
export function hostHeaderName(host: string): string {
  return (isIP(host) === 6 ? `[${host}]` : host).toLowerCase();
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
