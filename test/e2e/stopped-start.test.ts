import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startDrover } from "./drover-process.ts";

test(
  "SIGTERM while Drover still starts ends it at once, whatever the start waits for",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "drover-e2e-"));
    const asked = Promise.withResolvers<void>();
    // A mirror that never answers: the download of the runner would wait for minutes.
    const mirror = createServer(() => asked.resolve());
    await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
    const { port } = mirror.address() as AddressInfo;
    await writeFile(
      join(folder, "drover.yaml"),
      [
        "github: { url: http://127.0.0.1:9, credentials: { main: { token: { env: E2E_TOKEN } } } }",
        "pools: [{ name: linux, scope: acme/widgets }]",
        `runner: { version: 2.330.0, sha256: ${"a".repeat(64)}, url: "http://127.0.0.1:${port}/runner.tar.gz" }`,
        "",
      ].join("\n"),
    );
    const drover = startDrover(["up"], { folder, name: "up", environment: { E2E_TOKEN: "ghp_0123456789abcdefghij" } });
    try {
      await Promise.race([
        asked.promise,
        drover.ended.then(() => {
          throw new Error(`drover up ended: ${drover.stderr()}`);
        }),
      ]);
      drover.kill("SIGTERM");

      expect(await drover.ended).toEqual({ code: 0, signal: null });
      expect(drover.stderr()).toContain("Stopped before any pool was started.");
    } finally {
      drover.kill("SIGKILL");
      mirror.closeAllConnections();
      mirror.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
