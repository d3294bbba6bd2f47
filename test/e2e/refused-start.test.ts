import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runDrover } from "./drover-process.ts";

const credentials = "{ main: { token: { env: E2E_TOKEN } } }";

test.each([
  ["a secret that is not there", "DROVER_SECRET", { credentials: "{ main: { token: { env: E2E_NOT_SET } } }" }],
  ["a runner folder without a runner", "DROVER_PROCESS_SETUP", { runner: "{ dir: /nonexistent }" }],
  [
    "a user that this machine lacks",
    "DROVER_PROCESS_SETUP",
    { more: "providers: { host: { kind: process, user: e2e-nobody } }" },
  ],
  [
    "a stateDir below a file",
    undefined,
    { more: "stateDir: drover.yaml/state\nproviders: { host: { kind: process, workRoot: work } }" },
  ],
  ["an address of another machine", undefined, { more: "server: { listen: 192.0.2.1:8080 }" }],
])("%s ends the start with exit code 2 and words for the operator", async (_what, code, given) => {
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
      environment: { E2E_TOKEN: "ghp_0123456789abcdefghij" },
    });

    expect(ended.code).toBe(2);
    const { error } = JSON.parse(ended.stderr) as { error: { code?: string; exitCode: number; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/^[A-Z]+: |\n/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
