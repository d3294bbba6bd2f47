import { z } from "zod";
import { secretReference } from "./secret-reference.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

const pattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

/** `127.0.0.1:8080` or `[::1]:8080`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, host = "", port = ""] = pattern.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** Where the API is served. */
export const server = z.strictObject({
  listen: z
    .string()
    .refine((text) => text === "off" || parseListenAddress(text) !== undefined)
    .transform(parseListenAddress)
    .prefault("127.0.0.1:8080")
    .meta({
      description: "Address of the HTTP API, metrics and health checks; off serves the socket only.",
      expects: "host:port, or off",
      examples: ["127.0.0.1:8080"],
    }),
  token: secretReference(
    "The API's bearer token; a file that does not exist is made with mode 0600. Default: api-token under stateDir.",
  ).optional(),
  socket: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "Unix socket of the API, made with mode 0600; default: drover.sock under stateDir.",
      examples: ["/run/drover/drover.sock"],
    }),
});
