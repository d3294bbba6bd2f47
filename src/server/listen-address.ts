import { isIP } from "node:net";

/** Where to listen. `port` 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
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
