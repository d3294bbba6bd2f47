import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runDrover } from "./drover-process.ts";

const credentials = "{ main: { token: { env: E2E_TOKEN } } }";

test.each([
  [
    "a secret that is not there",
    "DROVER_SECRET",
    "1:59 github.credentials.main.token",
    { credentials: "{ main: { token: { env: E2E_NOT_SET } } }" },
  ],
  [
    "a private key that is none",
    undefined,
    "1:81 github.credentials.main.app.privateKey",
    { credentials: "{ main: { app: { clientId: Iv1, privateKey: { env: E2E_TOKEN } } } }" },
  ],
  ["a runner folder without a runner", "DROVER_PROCESS_SETUP", "3:1 runner", { runner: "{ dir: /nonexistent }" }],
  [
    "a user that this machine lacks",
    "DROVER_PROCESS_SETUP",
    "4:37 providers.host.user",
    { more: "providers: { host: { kind: process, user: e2e-nobody } }" },
  ],
  [
    "a stateDir below a file",
    "DROVER_API_LISTEN",
    "4:1 stateDir",
    { more: "stateDir: drover.yaml/state\nproviders: { host: { kind: process, workRoot: work } }" },
  ],
  [
    "a stateDir where nobody can make folders",
    "DROVER_PROCESS_SETUP",
    "4:1 stateDir",
    { more: "stateDir: /proc/e2e/state" },
  ],
  [
    "a work root that is a file",
    "DROVER_PROCESS_SETUP",
    "4:37 providers.host.workRoot",
    { more: "providers: { host: { kind: process, workRoot: drover.yaml } }" },
  ],
  [
    "an API token that is not there",
    "DROVER_SECRET",
    "4:11 server.token",
    { more: "server: { token: { env: E2E_NOT_SET } }" },
  ],
  [
    "an API token that is too short",
    "DROVER_API_TOKEN_FILE",
    "4:11 server.token",
    { more: "server: { token: { env: E2E_SHORT }, listen: 127.0.0.1:0 }" },
  ],
  [
    "a socket path that is too long",
    "DROVER_API_LISTEN",
    "4:11 server.socket",
    { more: `server: { socket: ${"s".repeat(108)} }` },
  ],
  [
    "an address of another machine",
    "DROVER_API_LISTEN",
    "4:11 server.listen",
    { more: "server: { listen: 192.0.2.1:8080 }" },
  ],
])(
  "%s ends the start with exit code 2, and the place and words for the operator",
  async (_what, code, place, given) => {
    const folder = await mkdtemp(join(tmpdir(), "drover-e2e-"));
    const text = { credentials, runner: `{ command: [${process.execPath}] }`, more: "", ...given };
    try {
      await writeFile(
        join(folder, "drover.yaml"),
        [
          `github: { url: http://127.0.0.1:9, credentials: ${text.credentials} }`,
          "pools: [{ name: linux, scope: acme/widgets }]",
          `runner: ${text.runner}`,
          text.more,
          "",
        ].join("\n"),
      );
      const ended = await runDrover(["up", "--json", "--log-level", "silent"], {
        folder,
        environment: { E2E_TOKEN: "ghp_0123456789abcdefghij", E2E_SHORT: "short" },
      });

      expect(ended.code).toBe(2);
      const { error } = JSON.parse(ended.stderr) as { error: { code?: string; exitCode: number; message: string } };
      expect(error.code).toBe(code);
      expect(error.message).toContain(`drover.yaml:${place}: `);
      expect(error.message).not.toMatch(/^[A-Z]+: |\n/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
