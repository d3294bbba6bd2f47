import { z } from "zod";
import { secretReference } from "./secret-reference.ts";

/** `127.0.0.1:8080` or `[::1]:8080`. */
function isListenAddress(text: string): boolean {
  const [, port] = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}

/** Where the API is served. */
export const server = z.strictObject({
  listen: z
    .string()
    .refine((text) => text === "off" || isListenAddress(text))
    .transform((text) => (text === "off" ? undefined : text))
    .optional()
    .meta({
      description: "Address of the HTTP API, metrics and health checks. Absent or off: nothing listens but the socket.",
      expects: "host:port, or off",
      examples: ["127.0.0.1:8080"],
    }),
  hosts: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9.-]{1,253}$/)
        .meta({ expects: "a host name without scheme and port" }),
    )
    .max(100)
    .prefault([])
    .meta({
      description: "Host names the API answers for beside the loopback ones, for example behind a proxy.",
      examples: [["drover.example.com"]],
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
