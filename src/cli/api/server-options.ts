import { configOption } from "../config-file.ts";

/** The options by which every command that asks a running Drover finds it. */
export const serverOptions = {
  config: configOption,
  server: {
    flags: "--server <url>",
    summary:
      "the running Drover, http://HOST:PORT or unix:/PATH; default: DROVER_SERVER, else the socket or address of drover.yaml",
    kind: "text",
  },
  tokenFile: {
    flags: "--token-file <file>",
    summary: "file with the API token, for http; default: DROVER_TOKEN, else server.token of drover.yaml",
    kind: "text",
  },
} as const;

export interface ServerChoice {
  readonly config: string | undefined;
  readonly server: string | undefined;
  readonly tokenFile: string | undefined;
}
