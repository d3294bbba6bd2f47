import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endProcesses, folderVariable, processesOf } from "../../src/cli/demo/leftovers.ts";
import type { Truth } from "../../src/cli/simulator/truth.ts";
import { startSimulator } from "../../src/simulator/index.ts";
import { runDrover, startDrover } from "./drover-process.ts";
import { eventually } from "./eventually.ts";

test(
  "a GitHub App is credential enough: its installation is found by scope, a job runs, and the key is in no log",
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "drover-e2e-"));
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
    const simulator = await startSimulator();
    const { credentials } = simulator.model;
    const app = credentials.addApp({
      id: 7,
      clientId: "Iv1.e2e",
      slug: "drover-e2e",
      pem: publicKey.export({ type: "spki", format: "pem" }) as string,
    });
    credentials.addInstallation({ id: 4711, app, account: "acme" });
    await writeFile(join(folder, "app.pem"), pem, { mode: 0o600 });
    await writeFile(
      join(folder, "drover.yaml"),
      [
        "installation: e2e-app",
        `github: { url: ${simulator.url}, credentials: { app: { app: { clientId: Iv1.e2e, privateKey: { file: app.pem } } } } }`,
        "pools: [{ name: linux, scope: acme/widgets, size: { max: 1 } }]",
        "runner: { minimal: true }",
        "",
      ].join("\n"),
    );
    await writeFile(
      join(folder, "ci.yml"),
      "on: push\njobs: { build: { runs-on: linux, steps: [{ run: echo built }] } }\n",
    );
    const environment = { [folderVariable]: folder };
    const drover = startDrover(["up"], { folder, name: "up", environment });
    try {
      const pushed = await runDrover(["sim", "push", "ci.yml", "--to", simulator.url], { folder, environment });
      expect(pushed.code).toBe(0);
      await eventually(
        "the job ends well",
        async () => {
          if (drover.isOver()) throw new Error(`drover up ended: ${drover.stderr()}`);
          const truth = (await (await fetch(`${simulator.url}/_drover/truth`)).json()) as Truth;
          return truth.jobs[0]?.conclusion === "success";
        },
        { withinMs: 30_000, lastSeen: () => drover.stderr().slice(-2_000) },
      );
      drover.kill("SIGTERM");
      expect(await drover.ended).toEqual({ code: 0, signal: null });
      const keyLine = pem.split("\n")[1] ?? "";
      for (const name of ["up.out", "up.err"])
        expect(await readFile(join(folder, name), "utf8")).not.toContain(keyLine);
    } finally {
      await endProcesses(folder, await processesOf(folder, new Set()));
      await simulator.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
);
